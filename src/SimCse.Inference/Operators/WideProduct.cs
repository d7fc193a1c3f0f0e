using System.Buffers;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Inference.Operators;

/// <summary>
/// input · weight + bias in integers of 16 bits: about twelve bits for the activations of each row, which has a scale of its own, and as
/// many for each column of the weights as sums in 32 bits allow. One instruction of AVX-512 (vpmaddwd) multiplies and adds 32 pairs of
/// them, twice as many as of float32. Integers add up exactly, so that a row's result depends neither on other rows nor on the instruction
/// set.
/// </summary>
internal static unsafe partial class WideProduct
{
    /// <summary>The columns that lie beside each other in the weights.</summary>
    public const int Panel = 64;

    /// <summary>The largest magnitude of an activation.</summary>
    public const int Largest = 2047;

    /// <summary>Adding it rounds a small float to the nearest integer, which its last bits then hold.</summary>
    private const float Rounder = 1.5f * (1 << 23);

    private const int Rows512 = 6, Rows256 = 4;

    public static bool HasFastPath => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;

    /// <summary>The inputs are taken two by two; the last one of an odd number has a zero beside it.</summary>
    public static int PairsOf(int width) => (width + 1) / 2;

    /// <summary>The last panel may have columns of zeros at its end.</summary>
    public static int PanelsOf(int columns) => (columns + Panel - 1) / Panel;

    /// <param name="input">The activations, [rows, width].</param>
    /// <param name="width">The width of the input.</param>
    /// <param name="weight">The weights, [panels, pairs, 64, 2].</param>
    /// <param name="scales">What one step of each column's weights is worth, [columns].</param>
    /// <param name="bias">What is added to each column, [columns].</param>
    /// <param name="result">The result, [rows, columns].</param>
    public static void Multiply(
        ReadOnlySpan<float> input, int width, ReadOnlySpan<short> weight, ReadOnlySpan<float> scales, ReadOnlySpan<float> bias,
        Span<float> result) =>
        Multiply(input, width, weight, scales, bias, result, HasFastPath);

    /// <summary>The same with AVX-512 or without; the result has the same bits.</summary>
    internal static void Multiply(
        ReadOnlySpan<float> input, int width, ReadOnlySpan<short> weight, ReadOnlySpan<float> scales, ReadOnlySpan<float> bias,
        Span<float> result, bool fast)
    {
        var (rows, columns, stride, step) = (input.Length / width, scales.Length, PairsOf(width) * 2, fast ? Rows512 : Rows256);
        if (weight.Length != PanelsOf(columns) * stride * Panel || bias.Length != columns || result.Length != rows * columns)
        {
            throw new InvalidDataException(
                $"{WideProductKernel.Name} has {weight.Length} weights, {bias.Length} biases and room for {result.Length} results; " +
                $"expected {PanelsOf(columns) * stride * Panel}, {columns} and {rows * columns} for {rows} rows of {width} and " +
                $"{columns} columns. " +
                "Import the model again.");
        }

        var padded = (rows + step - 1) / step * step; // what stands in the rows beyond the last is multiplied, and not read
        var (integers, steps) = (ArrayPool<short>.Shared.Rent(padded * stride), ArrayPool<float>.Shared.Rent(rows));
        var tile = stackalloc int[Rows512 * Panel];
        fixed (float* from = input, scale = scales, add = bias, to = result)
        fixed (short* panels = weight, rounded = integers)
        {
            for (var row = 0; row < rows; row++)
            {
                steps[row] = Round(from + ((long)row * width), width, rounded + ((long)row * stride));
            }

            // A panel stays in the cache while all rows pass it.
            for (var column = 0; column < columns; column += Panel)
            {
                var (panel, count) = ((nint)(panels + ((long)column * stride)), Math.Min(Panel, columns - column));
                for (var row = 0; row < rows; row += step)
                {
                    var block = rounded + ((long)row * stride);
                    if (fast)
                    {
                        Tile512(block, (short*)panel, stride / 2, tile);
                    }
                    else
                    {
                        Tile256(block, (short*)panel, stride / 2, tile);
                    }

                    for (var i = 0; i < Math.Min(step, rows - row); i++)
                    {
                        var place = ((long)(row + i) * columns) + column;
                        Scale(tile + (i * Panel), steps[row + i], scale + column, add + column, count, to + place);
                    }
                }
            }
        }

        ArrayPool<short>.Shared.Return(integers);
        ArrayPool<float>.Shared.Return(steps);
    }

    /// <summary>Rounds one row to integers; returns what a step of them is worth. What is not finite makes that NaN or infinite.</summary>
    private static float Round(float* input, int width, short* integers)
    {
        var largest = RowForms.Smallest;
        var most = Vector512.Create(RowForms.Smallest);
        var i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            most = Vector512.Max(most, Vector512.Abs(Vector512.Load(input + i)));
        }

        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            largest = Math.Max(largest, most[lane]);
        }

        for (; i < width; i++)
        {
            largest = Math.Max(largest, Math.Abs(input[i]));
        }

        var factor = Largest / largest;
        for (i = 0; i <= width - Vector512<short>.Count; i += Vector512<short>.Count)
        {
            Vector512.Narrow(Nearest(input + i, factor), Nearest(input + i + Vector512<float>.Count, factor)).Store(integers + i);
        }

        for (; i < width; i++)
        {
            integers[i] = (short)BitConverter.SingleToInt32Bits((input[i] * factor) + Rounder);
        }

        if (width % 2 > 0)
        {
            integers[width] = 0;
        }

        return largest / Largest;

        static Vector512<int> Nearest(float* values, float factor) =>
            ((Vector512.Load(values) * factor) + Vector512.Create(Rounder)).AsInt32();
    }

    /// <summary>Integers to floats. No multiply-add, which would round differently where the processor has none.</summary>
    private static void Scale(int* sums, float rowScale, float* scales, float* bias, int count, float* result)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var scaled = Vector512.ConvertToSingle(Vector512.Load(sums + i)) * (Vector512.Load(scales + i) * rowScale);
            (scaled + Vector512.Load(bias + i)).Store(result + i);
        }

        for (; i < count; i++)
        {
            result[i] = (sums[i] * (scales[i] * rowScale)) + bias[i];
        }
    }

    /// <summary>4 rows by a panel, in vectors of 256 bits, which every processor has or ONNX Runtime's users can do without.</summary>
    private static void Tile256(short* input, short* weight, int pairs, int* tile)
    {
        var stride = pairs * 2;
        for (var column = 0; column < Panel; column += Vector256<int>.Count)
        {
            var (c0, c1, c2, c3) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
            for (var pair = 0; pair < pairs; pair++)
            {
                var b = Vector256.Load(weight + (pair * Panel * 2) + (column * 2));
                var a = input + (pair * 2);
                c0 += Pairs(a, b);
                c1 += Pairs(a + stride, b);
                c2 += Pairs(a + (2 * stride), b);
                c3 += Pairs(a + (3 * stride), b);
            }

            c0.Store(tile + column);
            c1.Store(tile + Panel + column);
            c2.Store(tile + (2 * Panel) + column);
            c3.Store(tile + (3 * Panel) + column);
        }

        static Vector256<int> Pairs(short* input, Vector256<short> weight)
        {
            if (Avx2.IsSupported)
            {
                return Avx2.MultiplyAddAdjacent(Vector256.Create(*(int*)input).AsInt16(), weight);
            }

            var both = weight.AsInt32(); // the first of a pair is in the lower half
            return (((both << 16) >> 16) * input[0]) + ((both >> 16) * input[1]);
        }
    }
}
