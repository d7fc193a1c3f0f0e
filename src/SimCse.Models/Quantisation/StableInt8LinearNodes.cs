using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// 8-bit products with a scale of its own for each token: every row of activations is divided by its largest magnitude, quantised with one
/// constant scale, and multiplied back after the product. Integers add up exactly, so that a vector does not depend on its batch.
/// </summary>
internal sealed class StableInt8LinearNodes : LinearNodes
{
    private const float Largest = 127;

    /// <summary>The middle of uint8, which stands for 0: ONNX Runtime's fast kernels take unsigned inputs and signed weights.</summary>
    private const byte ZeroPoint = 128;

    /// <summary>Keeps a row of zeros from being divided by 0.</summary>
    private const float Smallest = 1e-30f;

    private const string Scale = "stable.scale";
    private const string Zero = "stable.zero";
    private const string Floor = "stable.floor";

    private readonly HashSet<string> _quantised = [];

    public override string Add(OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, Func<string>? bias)
    {
        var (values, magnitudes) = Quantise(graph, input);
        var matrix = QuantisedMatrix.Quantise(weight, rows, columns);
        var product = graph.Fused(
            "MatMulIntegerToFloat", name,
            [
                values, graph.Int8Weight($"{name}.weight", matrix.Values, rows, columns), Scale,
                graph.Weight($"{name}.scale", matrix.Scales, columns), Zero,
            ]);
        return AddBias(graph, name, graph.Node("Mul", $"{name}.scaled", [product, magnitudes]), bias);
    }

    /// <summary>Quantises each input once: query, key and value share theirs.</summary>
    private (string Values, string Magnitudes) Quantise(OnnxGraph graph, string input)
    {
        var (values, magnitudes) = ($"{input}.int8", $"{input}.magnitude");
        if (_quantised.Count == 0)
        {
            graph.Weight(Scale, [1 / Largest]);
            graph.UInt8Weight(Zero, [ZeroPoint]);
            graph.Weight(Floor, [Smallest], 1);
        }

        if (_quantised.Add(input))
        {
            var largest = graph.Node(
                "ReduceMax", $"{input}.largest", [graph.Node("Abs", $"{input}.absolute", [input])], ("axes", (long[])[-1]),
                ("keepdims", 1L));
            graph.Node("Max", magnitudes, [largest, Floor]);
            graph.Node("QuantizeLinear", values, [graph.Node("Div", $"{input}.unit", [input, magnitudes]), Scale, Zero]);
        }

        return (values, magnitudes);
    }
}
