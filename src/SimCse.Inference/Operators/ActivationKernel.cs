using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SimCse.Inference.Operators;

/// <summary>
/// An activation of value · row's scale + bias, and its result in bytes with a scale for each row, in which 24 stands for 0: nothing behind
/// an activation is below −0.17, so that most of a byte is left for what is above 0.
/// </summary>
/// <remarks>
/// Inputs: value [rows…, width]; row scales [rows…, 1], or a single one; bias [width]. Outputs: bytes [rows…, width]; the scales of its
/// rows [rows…, 1].
/// </remarks>
internal sealed unsafe class ActivationKernel(ActivationKernel.Function function) : OperatorKernel
{
    public const byte Zero = 24;

    /// <summary>No activation gives less: GELU, in both of its forms, has its least value, −0.16997, at −0.752.</summary>
    public const float Least = -0.17f;

    public const float LargestAboveZero = 255 - Zero;

    public const float Cubic = 0.044715f;

    internal enum Function
    {
        /// <summary>x · ½(1 + erf(x / √2)).</summary>
        Gelu,

        /// <summary>x · ½(1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
        GeluTanh,

        /// <summary>max(x, 0).</summary>
        Relu,
    }

    public static IEnumerable<OperatorDefinition> Definitions => Enum.GetValues<Function>().Select(function => new OperatorDefinition(
        NameOf(function), [TensorType.Float32, TensorType.Float32, TensorType.Float32], [TensorType.UInt8, TensorType.Float32],
        _ => new ActivationKernel(function)));

    public static string NameOf(Function function) => $"{function}Token";

    // Otherwise its loop would run unoptimised in the first seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(nint context)
    {
        Span<long> extents = stackalloc long[RowTensor.MaxRank];
        var input = RowTensor.Input(context, 0, extents);
        var (width, rows) = (input.Width, input.Rows);
        Lanes.Check(width);
        var values = input.Data;
        var rowScales = RowTensor.Input(context, 1, width: 1);
        var bias = RowTensor.Input(context, 2, width).Data;
        var bytes = (byte*)OrtApi.Data(OrtApi.Output(context, 0, extents[..input.Rank]));
        extents[input.Rank - 1] = 1;
        var scales = (float*)OrtApi.Data(OrtApi.Output(context, 1, extents[..input.Rank]));
        var rented = ArrayPool<float>.Shared.Rent(width + (2 * Lanes.Count));
        fixed (float* start = rented)
        {
            var activated = Lanes.Align(start);
            for (var row = 0L; row < rows; row++)
            {
                var scale = Vector512.Create(rowScales.Data[row % rowScales.Rows]);
                var largest = function switch
                {
                    Function.Gelu => Gelu(values + (row * width), scale, bias, activated, width),
                    Function.GeluTanh => GeluTanh(values + (row * width), scale, bias, activated, width),
                    _ => Relu(values + (row * width), scale, bias, activated, width),
                };
                scales[row] = Math.Max(largest / LargestAboveZero, -Least / Zero);
                Lanes.StoreRow(activated, 1 / scales[row], Zero, bytes + (row * width), width);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Gelu(float* from, Vector512<float> scale, float* bias, float* to, int width)
    {
        var largest = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var value = Lanes.Load(from + i, scale, bias + i);
            var half = value * 0.5f;
            var result = Vector512.FusedMultiplyAdd(half, NormalError(value), half);
            result.Store(to + i);
            largest = Vector512.MaxNative(largest, result);
        }

        return Lanes.Max(largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float GeluTanh(float* from, Vector512<float> scale, float* bias, float* to, int width)
    {
        var largest = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes.Count)
        {
            // ½(1 + tanh z) = 1 / (1 + e^(−2z))
            var value = Lanes.Load(from + i, scale, bias + i);
            var cubic = Vector512.FusedMultiplyAdd(value * value, Vector512.Create(Cubic), Vector512<float>.One);
            var exponent = value * cubic * (-2 * MathF.Sqrt(2 / MathF.PI));
            var result = value / (Vector512<float>.One + Lanes.Exp(exponent));
            result.Store(to + i);
            largest = Vector512.MaxNative(largest, result);
        }

        return Lanes.Max(largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Relu(float* from, Vector512<float> scale, float* bias, float* to, int width)
    {
        var largest = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var result = Vector512.MaxNative(Lanes.Load(from + i, scale, bias + i), Vector512<float>.Zero);
            result.Store(to + i);
            largest = Vector512.MaxNative(largest, result);
        }

        return Lanes.Max(largest);
    }

    /// <summary>erf(x / √2): a rational function within 1.1e-8 of it up to 5.4, beyond which float32 knows only 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> NormalError(Vector512<float> value)
    {
        var bounded = Vector512.MinNative(Vector512.MaxNative(value, Vector512.Create(-5.4f)), Vector512.Create(5.4f));
        var square = bounded * bounded;
        var upper = Vector512.Create(4.6773808282958765e-08f);
        upper = Vector512.FusedMultiplyAdd(upper, square, Vector512.Create(1.2719997838259304e-05f));
        upper = Vector512.FusedMultiplyAdd(upper, square, Vector512.Create(0.0003286384362279261f));
        upper = Vector512.FusedMultiplyAdd(upper, square, Vector512.Create(0.009301672529758777f));
        upper = Vector512.FusedMultiplyAdd(upper, square, Vector512.Create(0.06674398081168215f));
        upper = Vector512.FusedMultiplyAdd(upper, square, Vector512.Create(0.7978844907799946f));
        var lower = Vector512.Create(1.2165943432334821e-06f);
        lower = Vector512.FusedMultiplyAdd(lower, square, Vector512.Create(7.2399366413477e-05f));
        lower = Vector512.FusedMultiplyAdd(lower, square, Vector512.Create(0.0018589675914875386f));
        lower = Vector512.FusedMultiplyAdd(lower, square, Vector512.Create(0.02837855021694444f));
        lower = Vector512.FusedMultiplyAdd(lower, square, Vector512.Create(0.25031726395199f));
        lower = Vector512.FusedMultiplyAdd(lower, square, Vector512<float>.One);
        return bounded * upper / lower;
    }
}
