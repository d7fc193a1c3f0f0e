using SimCse.Inference;
using SimCse.Models.Evaluation;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>
/// Of a graph of six products of one input, whose columns together are the vector: each that stays in float32 brings the vectors closer to
/// the exact ones.
/// </summary>
public sealed class GraphQuantiserTests : IDisposable
{
    private const int Tokens = 100;
    private const int Width = 64;
    private const int Columns = 16;
    private const int Matrices = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly GateTexts _texts;
    private readonly float[] _table;
    private readonly float[][] _weights;

    public GraphQuantiserTests()
    {
        var random = new Random(20_261_127);
        _texts = GateTexts.Create(
            QualitySentences.Japanese, _ => [.. Enumerable.Range(0, 5).Select(_ => random.Next(Tokens))]);
        var normal = new SeededNormal(7);
        _table = normal.Next(Tokens * Width);
        _weights = [.. Enumerable.Range(0, Matrices).Select(_ => normal.Next(Width * Columns))];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_graph_that_ships_is_the_one_whose_quality_is_recorded()
    {
        var best = Quantise("best", new ImportOptions { MinCosine = 1, AllowLowQuality = true });

        // As many matrices in float32 as are allowed: the last graph that the search tries has fewer, and is not good enough.
        var quality = Quantise("wanted", new ImportOptions { MinCosine = best.Cosine, MinSpearman = 0 });

        Assert.Equal((3, 3), (best.Float32Matrices.Count, quality.Float32Matrices.Count));
        Assert.Equal(quality.Float32Matrices, FloatMatrices("wanted"));
        Assert.Equal(quality.Cosine, Measure("wanted").Cosine, 1e-7);
        Assert.Equal(quality.Spearman, Measure("wanted").Spearman, 1e-7);
    }

    private BundleQuality Quantise(string name, ImportOptions options) =>
        new GraphQuantiser(
            options with { Precision = Precision.Int8 }, _texts).Write(Write, Directory.CreateDirectory(_folder[name]).FullName);

    private BundleQuality Measure(string name)
    {
        using var exact = new GraphRunner(Write(Directory.CreateDirectory(_folder["exact"]).FullName, FloatLinearNodes.Instance));
        using var rough = new GraphRunner(Path.Combine(_folder[name], "model.onnx"));
        return QualityMeasure.Compare(exact.Encode(_texts.Measured), rough.Encode(_texts.Measured), _texts.Pairs);
    }

    private IEnumerable<string> FloatMatrices(string name) =>
        ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder[name], "model.onnx")))
        .Graph.Node.Where(node => node.OpType == "MatMul").Select(node => node.Name).Order(StringComparer.Ordinal);

    private string Write(string folder, LinearNodes linears)
    {
        var path = Path.Combine(folder, "model.onnx");
        using var graph = new OnnxGraph($"{path}.data");
        graph.Input(GraphNames.InputIds, TensorProto.Types.DataType.Int32, "batch", "length");
        var input = graph.Node("Gather", "rows", [graph.Weight("table", _table, Tokens, Width), GraphNames.InputIds]);
        var products = _weights.Select((weight, i) => linears.Add(graph, $"matrix.{i}", input, weight, Width, Columns, bias: null))
            .ToArray();
        var together = graph.Node("Concat", "columns", products, ("axis", -1L));
        graph.Node("ReduceMean", GraphNames.SentenceEmbedding, [together], ("axes", (long[])[1]), ("keepdims", 0L));
        graph.Output(GraphNames.SentenceEmbedding, TensorProto.Types.DataType.Float, "batch", "dimension");
        graph.Save(path);
        return path;
    }
}
