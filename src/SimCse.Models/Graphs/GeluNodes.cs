using SimCse.Models.Onnx;

namespace SimCse.Models.Graphs;

/// <summary>The two forms of GELU in ONNX's own operators (Hendrycks, Gimpel: Gaussian Error Linear Units, arXiv:1606.08415).</summary>
internal static class GeluNodes
{
    private const float Cubic = 0.044715f;

    /// <summary>x · ½(1 + erf(x / √2)).</summary>
    public static string AddExact(OnnxGraph graph, string name, string input)
    {
        var scaled = graph.Node("Mul", $"{name}.gelu.scaled", [input, graph.Weight($"{name}.gelu.scale", [(float)(1 / Math.Sqrt(2))], 1)]);
        return Gate(graph, name, input, graph.Node("Erf", $"{name}.gelu.erf", [scaled]));
    }

    /// <summary>x · ½(1 + tanh(√(2/π) · (x + 0.044715 x³))), transformers' <c>gelu_new</c>.</summary>
    public static string AddTanh(OnnxGraph graph, string name, string input)
    {
        var square = graph.Node("Mul", $"{name}.gelu.square", [input, input]);
        var weighted = graph.Node("Mul", $"{name}.gelu.weighted", [square, graph.Weight($"{name}.gelu.cubic", [Cubic], 1)]);
        var factor = graph.Node("Add", $"{name}.gelu.factor", [weighted, graph.Weight($"{name}.gelu.one", [1], 1)]);
        var polynomial = graph.Node("Mul", $"{name}.gelu.polynomial", [input, factor]);
        var scaled = graph.Node(
            "Mul", $"{name}.gelu.scaled", [polynomial, graph.Weight($"{name}.gelu.scale", [(float)Math.Sqrt(2 / Math.PI)], 1)]);
        return Gate(graph, name, input, graph.Node("Tanh", $"{name}.gelu.tanh", [scaled]));
    }

    private static string Gate(OnnxGraph graph, string name, string input, string sign)
    {
        var share = graph.Node("Add", $"{name}.gelu.share", [sign, graph.Weight($"{name}.gelu.unit", [1], 1)]);
        var half = graph.Node("Mul", $"{name}.gelu.half", [input, graph.Weight($"{name}.gelu.half_unit", [0.5f], 1)]);
        return graph.Node("Mul", $"{name}.gelu", [half, share]);
    }
}
