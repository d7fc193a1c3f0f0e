using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Computes every product twice on the same float32 input, plain and quantised, and continues with the plain one. An output for each matrix
/// says how far the quantised product is off: the mean over the columns of Σ(difference²) / Σ(value²). One run shows which matrices
/// quantisation harms.
/// </summary>
internal sealed class ErrorProbeNodes(LinearNodes quantised) : LinearNodes
{
    private const string Suffix = ".error";
    private const string Floor = "probe.floor";

    private readonly List<string> _matrices = [];

    /// <summary>The names of the matrices; the output of each is <see cref="Output"/>.</summary>
    public IReadOnlyList<string> Matrices => _matrices;

    public override bool AddsBias => quantised.AddsBias;

    public static string Output(string matrix) => matrix + Suffix;

    public override ChannelMove? Move(params IReadOnlyList<string> matrices) => quantised.Move(matrices);

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null)
    {
        if (_matrices.Count == 0)
        {
            graph.Weight(Floor, [1e-30f], 1);
        }

        var exact = FloatLinearNodes.Instance.Add(graph, $"{name}.exact", input, weight, rows, columns, bias: null, bounds);
        var rough = quantised.Add(graph, name, input, weight, rows, columns, new float[columns], bounds);
        var noise = Energy(graph, $"{name}.noise", graph.Node("Sub", $"{name}.difference", [rough, exact]));
        var signal = graph.Node("Max", $"{name}.floored", [Energy(graph, $"{name}.signal", exact), Floor]);
        var shares = graph.Node("Div", $"{name}.shares", [noise, signal]);
        graph.Node("ReduceMean", Output(name), [shares], ("keepdims", 0L));
        graph.Output(Output(name), TensorProto.Types.DataType.Float);
        _matrices.Add(name);
        return AddBias(graph, $"{name}.exact", exact, bias);
    }

    private static string Energy(OnnxGraph graph, string name, string input) =>
        graph.Node("ReduceSumSquare", name, [input], ("axes", (long[])[0, 1]), ("keepdims", 0L));
}
