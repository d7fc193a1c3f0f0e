using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Inference.Operators;

/// <summary>
/// softmax(q · kᵀ / √d) · v for each head, over sequences of equal length without padding; the result in float32, in bytes around 128
/// with a fixed scale, or in such bytes with a scale for each row.
/// </summary>
/// <remarks>
/// Inputs: queries [batch, queries, …], keys and values [batch, length, …], which may be parts of one tensor. Attributes: where each ends
/// in its rows (<c>query_end</c>, <c>key_end</c>, <c>value_end</c>), the width of all heads together, how many they are, 1 / √d
/// (<c>scale</c>), and the fixed scale of the bytes (<c>step</c>). Outputs: [batch, queries, width], and the rows' scales
/// [batch, queries, 1].
/// </remarks>
internal sealed unsafe class AttentionKernel : OperatorKernel
{
    public const string Name = "Attention", FixedName = "AttentionFixed", TokenName = "AttentionToken";

    /// <summary>As many queries are computed at once, so that each key and value is read less often.</summary>
    private const int Block = 4;

    private readonly int _heads, _query, _key, _value, _width;
    private readonly float _scale, _step;
    private readonly RowForm _form;

    private AttentionKernel(nint info, RowForm form)
    {
        _width = OrtApi.Int(info, "width\0"u8);
        _query = OrtApi.Int(info, "query_end\0"u8) - _width;
        _key = OrtApi.Int(info, "key_end\0"u8) - _width;
        _value = OrtApi.Int(info, "value_end\0"u8) - _width;
        (_heads, _scale) = (OrtApi.Int(info, "heads\0"u8), OrtApi.Float(info, "scale\0"u8));
        (_form, _step) = (form, form == RowForm.Fixed ? OrtApi.Float(info, "step\0"u8) : 1);
    }

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Define(Name, RowForm.Float32, TensorType.Float32), Define(FixedName, RowForm.Fixed, TensorType.UInt8),
        Define(TokenName, RowForm.Token, TensorType.UInt8, TensorType.Float32),
    ];

    // Otherwise its loop would run unoptimised in the first seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(nint context)
    {
        Span<long> shape = stackalloc long[RowTensor.MaxRank];
        var keys = RowTensor.Input(context, 1, shape);
        var values = RowTensor.Input(context, 2, shape);
        var length = (int)shape[1];
        var keyRows = shape[0] * length;
        var queries = RowTensor.Input(context, 0, shape);
        var (batch, asked) = ((int)shape[0], (int)shape[1]);
        if ((keys.Rows, values.Rows, batch * (long)length) != (keyRows, keyRows, keyRows)
            || Math.Min(Math.Min(queries.Width - _query, keys.Width - _key), values.Width - _value) < _width
            || Math.Min(Math.Min(_query, _key), _value) < 0 || _width % _heads != 0)
        {
            throw new InvalidDataException(
                $"Attention of {_width} values in {_heads} heads has queries of {queries.Rows} × {queries.Width}, keys of {keys.Rows} × " +
                $"{keys.Width} and values of {values.Rows} × {values.Width}. Import the model again.");
        }

        shape[2] = _width;
        var result = OrtApi.Data(OrtApi.Output(context, 0, shape[..3]));
        shape[2] = 1;
        var scales = _form == RowForm.Token ? (float*)OrtApi.Data(OrtApi.Output(context, 1, shape[..3])) : null;

        var head = _width / _heads;
        var sizes = new Sizes(length, Lanes.Padded(length), head, Lanes.Padded(head));
        var rented = ArrayPool<float>.Shared.Rent(
            (head * sizes.Padded) + (length * sizes.PaddedHead) + (Block * (sizes.Padded + sizes.PaddedHead)) + (asked * _width) +
            (2 * Lanes.Count));
        fixed (float* start = rented)
        {
            var columns = Lanes.Align(start);
            var copies = columns + (head * sizes.Padded);
            var scores = copies + (length * sizes.PaddedHead);
            var sums = scores + (Block * sizes.Padded);
            var mixed = sums + (Block * sizes.PaddedHead);
            for (var sequence = 0L; sequence < batch; sequence++)
            {
                var target = _form == RowForm.Float32 ? (float*)result + (sequence * asked * _width) : mixed;
                for (var from = 0; from < _width; from += head)
                {
                    Transpose(keys.Data + (sequence * length * keys.Width) + _key + from, keys.Width, columns, sizes);
                    Copy(values.Data + (sequence * length * values.Width) + _value + from, values.Width, copies, sizes);
                    for (var query = 0; query < asked; query += Block)
                    {
                        var rows = Math.Min(Block, asked - query);
                        var asking = queries.Data + (((sequence * asked) + query) * queries.Width) + _query + from;
                        Multiply(asking, queries.Width, columns, sizes.Padded, scores, rows, head);
                        Softmax(scores, rows, sizes);
                        Multiply(scores, sizes.Padded, copies, sizes.PaddedHead, sums, rows, length);
                        for (var row = 0; row < rows; row++)
                        {
                            new ReadOnlySpan<float>(sums + (row * sizes.PaddedHead), head).CopyTo(
                                new Span<float>(target + ((query + row) * _width) + from, head));
                        }
                    }
                }

                for (var row = 0; row < asked && _form != RowForm.Float32; row++)
                {
                    var at = (sequence * asked) + row;
                    Store(mixed + (row * _width), (byte*)result + (at * _width), scales is null ? null : scales + at);
                }
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private static OperatorDefinition Define(string name, RowForm form, params TensorType[] outputs) => new(
        name, [TensorType.Float32, TensorType.Float32, TensorType.Float32], outputs, info => new AttentionKernel(info, form));

    private void Store(float* mixed, byte* result, float* scale)
    {
        var step = _step;
        if (scale is not null)
        {
            step = *scale = RowForms.Step(Lanes.Magnitude(mixed, _width));
        }

        Lanes.StoreRow(mixed, 1 / step, RowForms.Middle, result, _width);
    }

    /// <summary>Keys as columns, so that one query meets sixteen at once; what is beyond the last is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, int stride, float* to, in Sizes sizes)
    {
        var (length, padded, head) = (sizes.Length, sizes.Padded, sizes.Head);
        var position = 0;
        for (; Sse.IsSupported && position + 4 <= length; position += 4)
        {
            float* row0 = from + ((long)position * stride), row1 = row0 + stride, row2 = row1 + stride, row3 = row2 + stride;
            var i = 0;
            for (; i + 4 <= head; i += 4)
            {
                var (a, b, c, d) = (Vector128.Load(row0 + i), Vector128.Load(row1 + i), Vector128.Load(row2 + i), Vector128.Load(row3 + i));
                var (lowerAb, upperAb) = (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b));
                var (lowerCd, upperCd) = (Sse.UnpackLow(c, d), Sse.UnpackHigh(c, d));
                var column = to + (i * padded) + position;
                Sse.MoveLowToHigh(lowerAb, lowerCd).Store(column);
                Sse.MoveHighToLow(lowerCd, lowerAb).Store(column + padded);
                Sse.MoveLowToHigh(upperAb, upperCd).Store(column + (2 * padded));
                Sse.MoveHighToLow(upperCd, upperAb).Store(column + (3 * padded));
            }

            for (; i < head; i++)
            {
                Vector128.Create(row0[i], row1[i], row2[i], row3[i]).Store(to + (i * padded) + position);
            }
        }

        for (; position < length; position++)
        {
            for (var i = 0; i < head; i++)
            {
                to[(i * padded) + position] = from[((long)position * stride) + i];
            }
        }

        for (var i = 0; i < head; i++)
        {
            for (position = length; position < padded; position++)
            {
                to[(i * padded) + position] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* from, int stride, float* to, in Sizes sizes)
    {
        for (var position = 0; position < sizes.Length; position++)
        {
            new ReadOnlySpan<float>(from + ((long)position * stride), sizes.Head).CopyTo(
                new Span<float>(to + (position * sizes.PaddedHead), sizes.Head));
        }
    }

    /// <summary>Makes the scores of each row to weights whose sum is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Softmax(float* scores, int rows, in Sizes sizes)
    {
        // What is beyond the last position gets the weight 0.
        var last = sizes.Padded - Lanes.Count;
        var beyond = Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(sizes.Length - last)).AsSingle();
        var (least, scale) = (Vector512.Create(float.MinValue), Vector512.Create(_scale));
        for (var row = 0; row < rows; row++, scores += sizes.Padded)
        {
            Vector512.ConditionalSelect(beyond, least, Vector512.Load(scores + last)).Store(scores + last);
            var largest = least;
            for (var i = 0; i < sizes.Padded; i += Lanes.Count)
            {
                largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
            }

            var (shift, sum) = (Vector512.Create(-Lanes.Max(largest) * _scale), Vector512<float>.Zero);
            for (var i = 0; i < sizes.Padded; i += Lanes.Count)
            {
                var weights = Lanes.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), scale, shift));
                weights.Store(scores + i);
                sum += weights;
            }

            var factor = Vector512.Create(1 / Vector512.Sum(sum));
            for (var i = 0; i < sizes.Padded; i += Lanes.Count)
            {
                (Vector512.Load(scores + i) * factor).Store(scores + i);
            }
        }
    }

    /// <summary>Rows of at most <see cref="Block"/> · a matrix of whole vectors.</summary>
    private static void Multiply(float* left, int leftStride, float* right, int width, float* result, int rows, int inner)
    {
        if (rows == Block)
        {
            MultiplyBlock(left, leftStride, right, width, result, inner);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            MultiplyRow(left + ((long)row * leftStride), right, width, result + (row * width), inner);
        }
    }

    /// <summary>In the same order of sums as <see cref="MultiplyBlock"/>, so that a query's place in its block changes nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyRow(float* left, float* right, int width, float* result, int inner)
    {
        for (var column = 0; column < width; column += Lanes.Count)
        {
            var sum = Vector512<float>.Zero;
            for (var i = 0; i < inner; i++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(left[i]), Vector512.Load(right + (i * width) + column), sum);
            }

            sum.Store(result + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyBlock(float* left, int stride, float* right, int width, float* result, int inner)
    {
        float* left1 = left + stride, left2 = left1 + stride, left3 = left2 + stride;
        var column = 0;
        for (; column + Lanes.Count < width; column += 2 * Lanes.Count)
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            var from = right + column;
            for (var i = 0; i < inner; i++)
            {
                var (a, b) = (Vector512.Load(from), Vector512.Load(from + Lanes.Count));
                from += width;
                var factor = Vector512.Create(left[i]);
                a0 = Vector512.FusedMultiplyAdd(factor, a, a0);
                b0 = Vector512.FusedMultiplyAdd(factor, b, b0);
                factor = Vector512.Create(left1[i]);
                a1 = Vector512.FusedMultiplyAdd(factor, a, a1);
                b1 = Vector512.FusedMultiplyAdd(factor, b, b1);
                factor = Vector512.Create(left2[i]);
                a2 = Vector512.FusedMultiplyAdd(factor, a, a2);
                b2 = Vector512.FusedMultiplyAdd(factor, b, b2);
                factor = Vector512.Create(left3[i]);
                a3 = Vector512.FusedMultiplyAdd(factor, a, a3);
                b3 = Vector512.FusedMultiplyAdd(factor, b, b3);
            }

            var to = result + column;
            a0.Store(to);
            b0.Store(to + Lanes.Count);
            a1.Store(to + width);
            b1.Store(to + width + Lanes.Count);
            a2.Store(to + (2 * width));
            b2.Store(to + (2 * width) + Lanes.Count);
            a3.Store(to + (3 * width));
            b3.Store(to + (3 * width) + Lanes.Count);
        }

        for (; column < width; column += Lanes.Count)
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            var from = right + column;
            for (var i = 0; i < inner; i++)
            {
                var a = Vector512.Load(from);
                from += width;
                a0 = Vector512.FusedMultiplyAdd(Vector512.Create(left[i]), a, a0);
                a1 = Vector512.FusedMultiplyAdd(Vector512.Create(left1[i]), a, a1);
                a2 = Vector512.FusedMultiplyAdd(Vector512.Create(left2[i]), a, a2);
                a3 = Vector512.FusedMultiplyAdd(Vector512.Create(left3[i]), a, a3);
            }

            var to = result + column;
            a0.Store(to);
            a1.Store(to + width);
            a2.Store(to + (2 * width));
            a3.Store(to + (3 * width));
        }
    }

    /// <param name="Length">The number of keys.</param>
    /// <param name="Padded">The same in whole vectors.</param>
    /// <param name="Head">The width of a head.</param>
    /// <param name="PaddedHead">The same in whole vectors.</param>
    private readonly record struct Sizes(int Length, int Padded, int Head, int PaddedHead);
}
