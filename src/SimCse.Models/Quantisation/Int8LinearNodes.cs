using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// 8-bit products by ONNX Runtime's DynamicQuantizeMatMul: one scale and zero point for all activations of a run, found as it runs. The
/// fastest way, and the reason why a vector depends a little on the batch that it was computed in.
/// </summary>
internal sealed class Int8LinearNodes : LinearNodes
{
    public override bool AddsBias => true;

    public override string Add(OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, Func<string>? bias)
    {
        var matrix = QuantisedMatrix.Quantise(weight, rows, columns);
        var values = graph.Int8Weight($"{name}.weight", matrix.Values, rows, columns);
        var scales = graph.Weight($"{name}.scale", matrix.Scales, columns);
        return graph.Fused("DynamicQuantizeMatMul", name, bias is null ? [input, values, scales] : [input, values, scales, "", bias()]);
    }
}
