using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Inference.Operators;

/// <summary>
/// Sixteen float32 values at once, and what rounds them to bytes. On processors without AVX-512 the runtime takes two halves.
/// </summary>
internal static unsafe class Lanes
{
    public const int Count = 16;

    /// <summary>Adding it to a value of up to 2^22 and taking its lowest bits rounds to the nearest integer, halves to even.</summary>
    private const float Rounder = 12582912; // 1.5 · 2^23

    /// <summary>A product's values · the row's scale + bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from, Vector512<float> scale, float* bias) =>
        Vector512.FusedMultiplyAdd(Vector512.Load(from), scale, Vector512.Load(bias));

    /// <summary>
    /// Multiplies a row by a factor, rounds it to the nearest integers, halves to even ones, adds <paramref name="zero"/> and cuts off what
    /// is beyond a byte. What is no number becomes any byte.
    /// </summary>
    /// <param name="from">The row; its last vector may be read as a whole.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="zero">What stands for 0, an even number.</param>
    /// <param name="to">The bytes.</param>
    /// <param name="width">The number of values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreRow(float* from, float factor, byte zero, byte* to, int width)
    {
        var (factors, zeros) = (Vector512.Create(factor), Vector512.Create((float)zero));
        var (i, wide) = (0, width & ~(sizeof(Vector512<float>) - 1));
        if (Avx512BW.IsSupported)
        {
            // Each instruction packs the quarters of its vectors side by side; the last one puts fours of bytes in their order.
            var order = Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            for (; i < wide; i += sizeof(Vector512<float>))
            {
                var lower = Avx512BW.PackSignedSaturate(
                    Integers(from + i, factors, zeros), Integers(from + i + Count, factors, zeros));
                var upper = Avx512BW.PackSignedSaturate(
                    Integers(from + i + (2 * Count), factors, zeros), Integers(from + i + (3 * Count), factors, zeros));
                var bytes = Avx512BW.PackUnsignedSaturate(lower, upper).AsInt32();
                Avx512F.PermuteVar16x32(bytes, order).AsByte().Store(to + i);
            }
        }

        for (; i + Count <= width; i += Count)
        {
            Bytes(from + i, factors, zeros).Store(to + i);
        }

        if (i < width)
        {
            var last = Bytes(from + i, factors, zeros);
            for (var lane = 0; i < width; i++, lane++)
            {
                to[i] = last[lane];
            }
        }
    }

    /// <exception cref="InvalidDataException">A row is not made of whole vectors.</exception>
    public static void Check(int width)
    {
        if (width % Count != 0)
        {
            throw new InvalidDataException($"A row has {width} values; expected a multiple of {Count}.");
        }
    }

    /// <summary>The next number of whole vectors.</summary>
    public static int Padded(int width) => (width + Count - 1) / Count * Count;

    /// <summary>The first address from <paramref name="start"/> on at which vectors do not cross cache lines.</summary>
    public static float* Align(float* start) => (float*)(((nuint)start + 63) & ~(nuint)63);

    /// <summary>The largest magnitude in a row of whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Magnitude(float* row, int width)
    {
        var largest = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Count)
        {
            largest = Vector512.MaxNative(largest, Vector512.Abs(Vector512.Load(row + i)));
        }

        return Max(largest);
    }

    /// <summary>The largest value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> values)
    {
        var half = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        return float.MaxNative(float.MaxNative(quarter[0], quarter[1]), float.MaxNative(quarter[2], quarter[3]));
    }

    /// <summary>e^x within 2 units of the last place: 2^n · e^r, with |r| at most ½ ln 2. Below −87 it is that of −87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> values)
    {
        // ln 2 in two parts, of which the first times n is exact.
        const float UpperLn2 = 0.693145751953125f, LowerLn2 = 1.428606765330187e-6f;
        var bounded = Vector512.MinNative(Vector512.MaxNative(values, Vector512.Create(-87f)), Vector512.Create(88f));
        var shifted = Vector512.FusedMultiplyAdd(bounded, Vector512.Create(1.4426950408889634f), Vector512.Create(Rounder));
        var n = shifted - Vector512.Create(Rounder);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-UpperLn2), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-LowerLn2), r);
        var series = Vector512.Create(1 / 5040f);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 720f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 120f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 24f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 6f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(0.5f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        var power = (shifted.AsInt32() - Vector512.Create(Rounder).AsInt32() + Vector512.Create(127)) << 23;
        return series * power.AsSingle();
    }

    /// <summary>Values within what an integer can hold, rounded by the processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Integers(float* from, Vector512<float> factors, Vector512<float> zeros) =>
        Avx512F.ConvertToVector512Int32(
            Vector512.MinNative(Vector512.FusedMultiplyAdd(Vector512.Load(from), factors, zeros), Vector512.Create(Rounder)));

    /// <summary>The same with what every processor has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Bytes(float* from, Vector512<float> factors, Vector512<float> zeros)
    {
        var values = Vector512.FusedMultiplyAdd(Vector512.Load(from), factors, zeros);
        var bounded = Vector512.MinNative(Vector512.MaxNative(values, Vector512<float>.Zero), Vector512.Create((float)byte.MaxValue));
        var integers = (bounded + Vector512.Create(Rounder)).AsInt32() - Vector512.Create(Rounder).AsInt32();
        var (lower, upper) = (integers.GetLower(), integers.GetUpper());
        return Vector128.Narrow(
            Vector128.Narrow(lower.GetLower(), lower.GetUpper()).AsUInt16(),
            Vector128.Narrow(upper.GetLower(), upper.GetUpper()).AsUInt16());
    }
}
