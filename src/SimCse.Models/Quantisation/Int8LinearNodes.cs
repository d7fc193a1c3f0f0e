using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// 8-bit products by ONNX Runtime's DynamicQuantizeMatMul: one scale and zero point for all activations, computed in each run. This is the
/// fastest way, but a vector then depends a little on its batch.
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
