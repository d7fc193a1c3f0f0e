using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Products in float32, with outputs that say what goes into each: the least, the largest and the mean value of each channel in a run,
/// and how they vary together.
/// </summary>
internal sealed class CalibrationNodes : LinearNodes
{
    private static readonly long[] Rows = [0, 1];

    private readonly HashSet<string> _inputs = [];
    private readonly HashSet<string> _shapes = [];
    private readonly List<CalibratedMatrix> _matrices = [];

    public IReadOnlyList<CalibratedMatrix> Matrices => _matrices;

    public override bool AddsBias => true;

    public static string[] Outputs(string input) =>
        [$"{input}.least", $"{input}.largest", $"{input}.mean", $"{input}.squares", $"{input}.values"];

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null)
    {
        if (_inputs.Add(input))
        {
            var hull = bounds?.Hull ?? input;
            (string Operation, string Value)[] statistics = [("ReduceMin", hull), ("ReduceMax", hull), ("ReduceMean", input)];
            foreach (var ((operation, value), output) in statistics.Zip(Outputs(input)))
            {
                graph.Node(operation, output, [value], ("axes", Rows), ("keepdims", 0L));
                graph.Output(output, TensorProto.Types.DataType.Float, $"{rows}");
            }

            AddSquares(graph, input, rows);
            graph.Node("Size", Outputs(input)[4], [input]); // of [CLS] alone there are fewer rows than tokens
            graph.Output(Outputs(input)[4], TensorProto.Types.DataType.Int64);
        }

        var magnitudes = weight.Chunk(columns).Select(row => row.Max(MathF.Abs)).ToArray();
        _matrices.Add(new CalibratedMatrix(name, input, magnitudes, bounds?.Least is not null));
        return FloatLinearNodes.Instance.Add(graph, name, input, weight, rows, columns, bias, bounds);
    }

    /// <summary>Adds Σ xᵀx over the tokens, for each block of channels: [blocks, block, block].</summary>
    private void AddSquares(OnnxGraph graph, string input, int rows)
    {
        var block = ErrorFeedback.BlockOf(rows);
        var shape = $"calibration.blocks.{rows}";
        if (_shapes.Add(shape))
        {
            graph.Constant(shape, [-1, rows / block, block], 3);
        }

        var name = Outputs(input)[3];
        var tokens = graph.Node("Reshape", $"{name}.blocks", [input, shape]);
        graph.Node("MatMul", name, [
            graph.Node("Transpose", $"{name}.left", [tokens], ("perm", (long[])[1, 2, 0])),
            graph.Node("Transpose", $"{name}.right", [tokens], ("perm", (long[])[1, 0, 2]))]);
        graph.Output(name, TensorProto.Types.DataType.Float, $"{rows / block}", $"{block}", $"{block}");
    }
}

/// <param name="Name">The matrix's name.</param>
/// <param name="Input">The name of its input in the graph of the calibration.</param>
/// <param name="Magnitudes">The largest magnitude of each row of the matrix.</param>
/// <param name="FollowsActivation">Whether it follows an activation, so that its input is bounded below and cannot be moved.</param>
internal sealed record CalibratedMatrix(string Name, string Input, float[] Magnitudes, bool FollowsActivation);
