using SimCse.Inference.Operators;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>Products in 16 bits (<see cref="WideProduct"/>). They need no calibration, and no channel is moved.</summary>
internal sealed class Int16LinearNodes : LinearNodes
{
    public override bool AddsBias => true;

    public override bool HalvesEmbeddings => true;

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null)
    {
        var (values, scales) = WideProduct.Quantise(weight, rows, columns);
        string[] inputs =
        [
            input,
            graph.Int16Weight(
                $"{name}.weight", values, WideProduct.PanelsOf(columns), WideProduct.PairsOf(rows), WideProduct.Panel, 2),
            graph.Weight($"{name}.scale", scales, columns), graph.Weight($"{name}.bias", bias ?? new float[columns], columns),
        ];
        graph.Call(EncoderFunctions.WideProduct, inputs, [name]);
        return name;
    }
}
