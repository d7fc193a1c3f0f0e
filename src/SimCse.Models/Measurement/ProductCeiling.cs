using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Inference.Operators;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;

namespace SimCse.Models.Measurement;

/// <summary>
/// Measures how fast ONNX Runtime multiplies matrices of a model's own shapes when it does nothing else. No graph of such products can be
/// faster. It uses MatMul for fp32 (and for fp16, which the CPU multiplies in float32), WideMatMul for int16, and DynamicQuantizeMatMul for
/// int8, which rounds its input itself. Run one measurement at a time, on a machine that does nothing else.
/// </summary>
public sealed class ProductCeiling : IDisposable
{
    private const string Input = "x";
    private const string Product = "y";

    private readonly string _folder = Directory.CreateTempSubdirectory("simcse-ceiling-").FullName;
    private readonly List<Shape> _shapes = [];
    private readonly int _lanes;

    /// <param name="manifest">The model's shape and precision.</param>
    /// <param name="lanes">The number of runs at once.</param>
    /// <param name="threadsPerLane">The number of threads of one run.</param>
    public ProductCeiling(BundleManifest manifest, int lanes, int threadsPerLane)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        _lanes = lanes;
        LinearNodes? linears = manifest.Precision switch
        {
            Precision.Float32 or Precision.Float16 => FloatLinearNodes.Instance,
            Precision.Int16 => new Int16LinearNodes(),
            _ => null,
        };
        var (hidden, inner) = (manifest.HiddenSize, ModelOperations.InnerWidth(manifest));
        Add(hidden, hidden, count: 4);
        Add(hidden, inner, count: 1);
        Add(inner, hidden, count: 1);

        void Add(int rows, int columns, int count) =>
            _shapes.Add(new Shape(rows, columns, count, Open(linears, rows, columns, threadsPerLane)));
    }

    /// <summary>The operations per second in all lanes together, with the shapes in the same proportion as in a layer.</summary>
    /// <param name="tokens">The rows of one product, which are the tokens of a batch.</param>
    /// <param name="duration">The duration of the measurement.</param>
    public double Measure(int tokens, TimeSpan duration)
    {
        var operations = _shapes.Sum(shape => shape.Operations);
        var seconds = _shapes.Sum(shape => shape.Operations / Rate(shape, tokens, duration / _shapes.Count));
        return operations / seconds;
    }

    public void Dispose()
    {
        foreach (var shape in _shapes)
        {
            shape.Session.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private InferenceSession Open(LinearNodes? linears, int rows, int columns, int threads)
    {
        var path = Path.Combine(_folder, $"{rows}x{columns}.onnx");
        using (var graph = new OnnxGraph(path + ".data"))
        {
            graph.Input(Input, TensorProto.Types.DataType.Float, "tokens", $"{rows}");
            var weight = new SeededNormal(1).Next(rows * columns);
            graph.Node("Identity", Product, [linears is null
                ? Int8(graph, QuantisedMatrix.Quantise(weight, rows, columns), rows, columns)
                : linears.Add(graph, "product", Input, weight, rows, columns, bias: null)]);
            graph.Output(Product, TensorProto.Types.DataType.Float, "tokens", $"{columns}");
            graph.Save(path);
        }

        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC, // drops the Identity
            EnableMemoryPattern = false,
        };
        EncoderOperators.AddTo(options);
        return new InferenceSession(path, options);
    }

    private static string Int8(OnnxGraph graph, QuantisedMatrix matrix, int rows, int columns) => graph.Fused(
        "DynamicQuantizeMatMul", "product",
        [Input, graph.Int8Weight("weight", matrix.Values, rows, columns), graph.Weight("scale", matrix.Scales, columns)]);

    private double Rate(Shape shape, int tokens, TimeSpan duration)
    {
        var rates = new double[_lanes];
        var lanes = Enumerable.Range(0, _lanes).Select(lane => new Thread(() => rates[lane] = RunLane(shape, tokens, duration))).ToArray();
        Array.ForEach(lanes, lane => lane.Start());
        Array.ForEach(lanes, lane => lane.Join());
        return rates.Sum();
    }

    private static double RunLane(Shape shape, int tokens, TimeSpan duration)
    {
        using var run = new RunOptions();
        var buffer = new SeededNormal(2).Next(tokens * shape.Rows);
        var result = new float[tokens * shape.Columns];
        using var input = OrtValue.CreateTensorValueFromMemory(buffer, [tokens, shape.Rows]);
        using var output = OrtValue.CreateTensorValueFromMemory(result, [tokens, shape.Columns]);
        Run();
        var watch = Stopwatch.StartNew();
        var runs = 0;
        do
        {
            Run();
            runs++;
        }
        while (watch.Elapsed < duration);
        return runs * 2.0 * tokens * shape.Rows * shape.Columns / watch.Elapsed.TotalSeconds;

        void Run() => shape.Session.Run(run, [Input], [input], [Product], [output]);
    }

    /// <param name="Rows">The width of the input.</param>
    /// <param name="Columns">The width of the output.</param>
    /// <param name="Count">The number of such matrices in a layer.</param>
    /// <param name="Session">A session that computes a single product.</param>
    private sealed record Shape(int Rows, int Columns, int Count, InferenceSession Session)
    {
        public double Operations => 2.0 * Rows * Columns * Count;
    }
}
