using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>Quantised products but for the named matrices, which stay in float32.</summary>
internal sealed class PartlyFloatLinearNodes(LinearNodes quantised, IReadOnlySet<string> floats) : LinearNodes
{
    public override bool AddsBias => quantised.AddsBias;

    public override string Add(OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, Func<string>? bias) =>
        (floats.Contains(name) ? FloatLinearNodes.Instance : quantised).Add(graph, name, input, weight, rows, columns, bias);
}
