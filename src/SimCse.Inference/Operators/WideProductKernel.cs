namespace SimCse.Inference.Operators;

/// <summary><see cref="WideProduct"/> as an operator.</summary>
/// <remarks>
/// Inputs: activations [rows…, width]; weights, int16 [panels, pairs, 64, 2]; what a step of each column is worth [columns]; bias [columns].
/// Output: [rows…, columns].
/// </remarks>
internal sealed unsafe class WideProductKernel : OperatorKernel
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
        var input = RowTensor.Input(context, 0, shape);
        var scales = RowTensor.Input(context, 2, stackalloc long[RowTensor.MaxRank]);
        shape[input.Rank - 1] = scales.Width;
        WideProduct.Multiply(
            input.Data, checked((int)input.Rows), input.Width, (short*)OrtApi.Data(OrtApi.Input(context, 1)), scales.Data,
            (float*)OrtApi.Data(OrtApi.Input(context, 3)), scales.Width,
            (float*)OrtApi.Data(OrtApi.Output(context, 0, shape[..input.Rank])));
    }
}
