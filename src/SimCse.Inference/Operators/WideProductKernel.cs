namespace SimCse.Inference.Operators;

/// <summary><see cref="WideProduct"/> as an operator.</summary>
/// <remarks>
/// Inputs: activations [rows…, width]; weights, int16 [panels, pairs, 64, 2]; what a step of each column is worth [columns]; bias
/// [columns]. Output: [rows…, columns].
/// </remarks>
internal sealed class WideProductKernel : OperatorKernel
{
    public const string Name = "WideMatMul";

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(Name, [TensorType.Float32, TensorType.Int16, TensorType.Float32, TensorType.Float32], [TensorType.Float32],
            _ => new WideProductKernel()),
    ];

    public override void Run(nint context)
    {
        Span<long> shape = stackalloc long[RowTensor.MaxRank];
        var weight = RowTensor.Input(context, 1, shape);
        var scales = RowTensor.Input(context, 2, shape);
        var bias = RowTensor.Input(context, 3, shape);
        var input = RowTensor.Input(context, 0, shape);
        shape[input.Rank - 1] = scales.Width;
        var output = new RowTensor(OrtApi.Output(context, 0, shape[..input.Rank]), input.Rank, input.Rows, scales.Width);
        WideProduct.Multiply(
            input.Values<float>(), input.Width, weight.Values<short>(), scales.Values<float>(), bias.Values<float>(),
            output.Values<float>());
    }
}
