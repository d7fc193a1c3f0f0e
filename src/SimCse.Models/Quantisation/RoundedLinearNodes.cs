using System.Numerics.Tensors;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Computes in float32 what <see cref="HalfLinearNodes"/> gives on a GPU: every weight and every node's result is rounded to float16 and
/// back. It serves to measure on a CPU. There a graph in float16 keeps its activations in float32 (ONNX Runtime drops the pairs of
/// conversions that it inserts itself), so it would neither round them nor show one beyond float16's largest value.
/// </summary>
internal sealed class RoundedLinearNodes : LinearNodes
{
    public override bool FusesResiduals => true;

    public override string Vector(OnnxGraph graph, string name, float[] values, params int[] shape) =>
        graph.Weight(name, Rounded(values), shape);

    public override string Result(OnnxGraph graph, string result)
    {
        var halves = graph.Node("Cast", $"{result}.half", [result], ("to", (long)TensorProto.Types.DataType.Float16));
        return graph.Node("Cast", $"{result}.rounded", [halves], ("to", (long)TensorProto.Types.DataType.Float));
    }

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null) =>
        AddBias(
        graph, name, Result(graph, graph.Node("MatMul", name, [input, graph.Weight($"{name}.weight", Rounded(weight), rows, columns)])),
        bias);

    private static float[] Rounded(float[] values)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        var rounded = new float[values.Length];
        TensorPrimitives.ConvertToSingle(halves, rounded);
        return rounded;
    }
}
