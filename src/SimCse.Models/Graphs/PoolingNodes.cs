using SimCse.Inference;
using SimCse.Models.Onnx;

namespace SimCse.Models.Graphs;

/// <summary>
/// Pooling as sentence-transformers' <c>Pooling</c> computes it (<c>sentence_transformers/models/Pooling.py</c>), with and without a mask.
/// The graph must hold the constants <c>zero</c>, <c>one</c> and <c>two</c>, and <c>ids.length</c>.
/// </summary>
internal static class PoolingNodes
{
    /// <summary>sentence-transformers' guard against a division by zero.</summary>
    private const float Epsilon = 1e-9f;

    /// <summary>The value that sentence-transformers puts in the place of padding before it looks for the largest.</summary>
    private const float Lowest = -1e9f;

    private static readonly long[] Positions = [1];
    private static readonly long[] LastAxis = [2];

    /// <summary>Pools <paramref name="state"/>, [batch, length, hidden] without padding, to [batch, hidden].</summary>
    public static string Add(OnnxGraph graph, Pooling mode, string state) => mode switch
    {
        Pooling.Cls => First(graph, state),
        Pooling.Mean => graph.Node("ReduceMean", "pooling.mean", [Columns(graph, state)], ("axes", LastAxis), ("keepdims", 0L)),
        Pooling.Max => graph.Node("ReduceMax", "pooling.max", [state], ("axes", Positions), ("keepdims", 0L)),
        _ => graph.Node("Div", "pooling.mean_sqrt_len",
            [
                graph.Node("ReduceSum", "pooling.sum", [Columns(graph, state), "two"], ("keepdims", 0L)),
                graph.Node(
                    "Sqrt", "pooling.sqrt_len",
                    [graph.Node("Cast", "pooling.len", ["ids.length"], ("to", (long)TensorProto.Types.DataType.Float))]),
            ]),
    };

    /// <summary>Does the same with <paramref name="mask"/>, float32 [batch, length], which is 1 for a token and 0 for padding.</summary>
    public static string AddMasked(OnnxGraph graph, Pooling mode, string state, string mask, float lowest = Lowest)
    {
        if (mode == Pooling.Cls)
        {
            return First(graph, state);
        }

        var column = graph.Node("Unsqueeze", "pooling.mask", [mask, graph.Constant("last", [-1], 1)]);
        if (mode == Pooling.Max)
        {
            var padding = graph.Node("Equal", "pooling.padding", [column, graph.Weight("pooling.zero", [0], 1)]);
            var visible = graph.Node("Where", "pooling.visible", [padding, graph.Weight("pooling.lowest", [lowest], 1), state]);
            return graph.Node("ReduceMax", "pooling.max", [visible], ("axes", Positions), ("keepdims", 0L));
        }

        var masked = Columns(graph, graph.Node("Mul", "pooling.masked", [state, column]));
        var sum = graph.Node("ReduceSum", "pooling.sum", [masked, "two"], ("keepdims", 0L));
        var count = graph.Node(
            "Max", "pooling.count", [Sum(graph, "pooling.tokens", column), graph.Weight("pooling.epsilon", [Epsilon], 1)]);
        return graph.Node(
            "Div", $"pooling.{mode.Name()}", [sum, mode == Pooling.Mean ? count : graph.Node("Sqrt", "pooling.sqrt_len", [count])]);
    }

    /// <summary>
    /// Adds the input <see cref="GraphNames.PromptLength"/> and pools the positions behind it. Where none is left, the mean is zeros, and
    /// the largest is -∞, as in sentence-transformers 6.
    /// </summary>
    public static string AddWithoutPrompt(OnnxGraph graph, Pooling mode, string state)
    {
        graph.Input(GraphNames.PromptLength, TensorProto.Types.DataType.Int32, "batch");
        var length = graph.Node("Squeeze", "prompt.positions.end", ["ids.length", "zero"]);
        var (start, step) = (graph.Constant("prompt.positions.start", [0]), graph.Constant("prompt.positions.step", [1]));
        var positions = graph.Node("Range", "prompt.positions", [start, length, step]);
        var prompts = graph.Node("Cast", "prompt.lengths", [GraphNames.PromptLength], ("to", (long)TensorProto.Types.DataType.Int64));
        var behind = graph.Node("GreaterOrEqual", "prompt.behind", [positions, graph.Node("Unsqueeze", "prompt.rows", [prompts, "one"])]);
        var mask = graph.Node("Cast", "prompt.mask", [behind], ("to", (long)TensorProto.Types.DataType.Float));
        return AddMasked(graph, mode, state, mask, float.NegativeInfinity);
    }

    /// <summary>
    /// [batch, hidden, length]: over the last axis, ONNX Runtime adds in the same order in any batch. Over the middle one it takes another
    /// order for a batch of one.
    /// </summary>
    private static string Columns(OnnxGraph graph, string state) =>
        graph.Node("Transpose", "pooling.columns", [state], ("perm", (long[])[0, 2, 1]));

    private static string First(OnnxGraph graph, string state) =>
        graph.Node("Squeeze", "pooling.cls", [graph.Node("Slice", "pooling.first", [state, "zero", "one", "one"]), "one"]);

    private static string Sum(OnnxGraph graph, string name, string input) =>
        graph.Node("ReduceSum", name, [input, "one"], ("keepdims", 0L));
}
