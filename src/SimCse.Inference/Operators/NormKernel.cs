using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SimCse.Inference.Operators;

/// <summary>
/// Normalises rows of value · row's scale + bias + residual by LayerNormalization with γ and β; and the same with another γ and β, as the
/// next product reads it: as float32, in bytes with a fixed scale, or in bytes with a scale for each row.
/// </summary>
/// <remarks>
/// Inputs: value [rows…, width]; row scales [rows…, 1], or a single one; bias [width]; residual [rows…, width], or fewer rows that are
/// taken again and again; γ, β, the other γ and β [width]. Outputs: the state [rows…, width]; what the product reads [rows…, width]; the
/// scales of its rows [rows…, 1].
/// </remarks>
internal sealed unsafe class NormKernel(float epsilon, RowForm? form) : OperatorKernel
{
    public const string Name = "Norm", MovedName = "NormMoved", FixedName = "NormFixed", TokenName = "NormToken";

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Define(Name, null), Define(MovedName, RowForm.Float32, TensorType.Float32), Define(FixedName, RowForm.Fixed, TensorType.UInt8),
        Define(TokenName, RowForm.Token, TensorType.UInt8, TensorType.Float32),
    ];

    // Otherwise its loop would run unoptimised in the first seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(nint context)
    {
        Span<long> extents = stackalloc long[RowTensor.MaxRank];
        var input = RowTensor.Input(context, 0, extents);
        Lanes.Check(input.Width);
        var shape = extents[..input.Rank];
        var scales = RowTensor.Input(context, 1, width: 1);
        var residual = RowTensor.Input(context, 3, input.Width);
        var data = new Arguments
        {
            Bias = RowTensor.Input(context, 2, input.Width).Data,
            Gamma = RowTensor.Input(context, 4, input.Width).Data,
            Beta = RowTensor.Input(context, 5, input.Width).Data,
            State = (float*)OrtApi.Data(OrtApi.Output(context, 0, shape)),
        };
        if (form is not null)
        {
            data.OtherGamma = RowTensor.Input(context, 6, input.Width).Data;
            data.OtherBeta = RowTensor.Input(context, 7, input.Width).Data;
            data.Moved = OrtApi.Data(OrtApi.Output(context, 1, shape));
        }

        if (form == RowForm.Token)
        {
            shape[^1] = 1;
            data.MovedScales = (float*)OrtApi.Data(OrtApi.Output(context, 2, shape));
        }

        var rented = ArrayPool<float>.Shared.Rent(input.Width + (2 * Lanes.Count));
        fixed (float* start = rented)
        {
            var sum = Lanes.Align(start);
            for (var row = 0L; row < input.Rows; row++)
            {
                data.Values = input.Data + (row * input.Width);
                data.Scale = scales.Data[row % scales.Rows];
                data.Residual = residual.Data + (row % residual.Rows * input.Width);
                Compute(data, row, input.Width, sum);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private static OperatorDefinition Define(string name, RowForm? form, params TensorType[] others) => new(
        name, [.. Enumerable.Repeat(TensorType.Float32, form is null ? 6 : 8)], [TensorType.Float32, .. others],
        info => new NormKernel(OrtApi.Float(info, "epsilon\0"u8), form));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compute(in Arguments data, long row, int width, float* sum)
    {
        var scale = Vector512.Create(data.Scale);
        var (first, second) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var value = Lanes.Load(data.Values + i, scale, data.Bias + i) + Vector512.Load(data.Residual + i);
            value.Store(sum + i);
            first += value;
            (first, second) = (second, first);
        }

        var mean = Vector512.Create(Vector512.Sum(first + second) / width);
        (first, second) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var deviation = Vector512.Load(sum + i) - mean;
            deviation.Store(sum + i);
            first = Vector512.FusedMultiplyAdd(deviation, deviation, first);
            (first, second) = (second, first);
        }

        var factor = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(first + second) / width) + epsilon));
        var state = data.State + (row * width);
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var normal = Vector512.Load(sum + i) * factor;
            Vector512.FusedMultiplyAdd(normal, Vector512.Load(data.Gamma + i), Vector512.Load(data.Beta + i)).Store(state + i);
            normal.Store(sum + i);
        }

        if (form is null)
        {
            return;
        }

        var moved = form == RowForm.Float32 ? (float*)data.Moved + (row * width) : sum;
        for (var i = 0; i < width; i += Lanes.Count)
        {
            Vector512.FusedMultiplyAdd(
                Vector512.Load(sum + i), Vector512.Load(data.OtherGamma + i), Vector512.Load(data.OtherBeta + i)).Store(moved + i);
        }

        if (form == RowForm.Float32)
        {
            return;
        }

        var step = 1f;
        if (form == RowForm.Token)
        {
            step = data.MovedScales[row] = RowForms.Step(Lanes.Magnitude(moved, width));
        }

        Lanes.StoreRow(moved, 1 / step, RowForms.Middle, (byte*)data.Moved + (row * width), width);
    }

    private struct Arguments
    {
        public float* Values, Bias, Residual, Gamma, Beta, OtherGamma, OtherBeta, State, MovedScales;
        public void* Moved;
        public float Scale;
    }
}
