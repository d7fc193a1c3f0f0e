using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Products in float16, for GPUs: half the bytes to read, in the tensor cores' own format. CUDA's kernels add the products in float32 and
/// round only the sum. A CPU has no such kernels: ONNX Runtime widens matrix and input for each run.
/// </summary>
internal sealed class HalfLinearNodes : LinearNodes
{
    public override bool IsHalf => true;

    public override bool FusesResiduals => true;

    public override string Vector(OnnxGraph graph, string name, float[] values, params int[] shape) =>
        graph.HalfWeight(name, values, shape);

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null) =>
        AddBias(graph, name, graph.Node("MatMul", name, [input, graph.HalfWeight($"{name}.weight", weight, rows, columns)]), bias);
}
