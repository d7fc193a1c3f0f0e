using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SimCse.Inference.Operators;

/// <summary>
/// softmax(q · kᵀ / √d) · v for each head, over sequences of equal length without padding; the result in float32, or in bytes around 128
/// with a fixed scale.
/// </summary>
/// <remarks>
/// Inputs: queries [batch, queries, …], keys and values [batch, length, …], which may be parts of one tensor. Attributes: where each begins
/// and ends in its rows (<c>query_start</c>, …), the heads (<c>heads</c>), and 1 / √d (<c>scale</c>). Output: [batch, queries, width].
/// </remarks>
internal sealed unsafe class AttentionKernel : OperatorKernel
{
    public const string Name = "Attention", FixedName = "AttentionFixed";

    /// <summary>As many queries are computed at once, so that each key and value is read less often.</summary>
    private const int Block = 4;

    private readonly int _heads, _query, _key, _value, _width;
    private readonly float _scale;
    private readonly float? _steps;

    private AttentionKernel(nint info, bool isFixed)
    {
        (_query, _key, _value) = (OrtApi.Int(info, "query_start\0"u8), OrtApi.Int(info, "key_start\0"u8), OrtApi.Int(info, "value_start\0"u8));
        (_heads, _width) = (OrtApi.Int(info, "heads\0"u8), OrtApi.Int(info, "width\0"u8));
        _scale = OrtApi.Float(info, "scale\0"u8);
        _steps = isFixed ? 1 / OrtApi.Float(info, "step\0"u8) : null;
    }

    public static IEnumerable<OperatorDefinition> Definitions =>
        [Define(Name, TensorType.Float32, isFixed: false), Define(FixedName, TensorType.UInt8, isFixed: true)];

    public override void Run(nint context)
    {
        Span<long> shape = stackalloc long[RowTensor.MaxRank];
        var keys = RowTensor.Input(context, 1, shape);
        var values = RowTensor.Input(context, 2, shape);
        var length = (int)shape[1];
        var queries = RowTensor.Input(context, 0, shape);
        var (batch, asked) = ((int)shape[0], (int)shape[1]);
        shape[2] = _width;
        var result = OrtApi.Data(OrtApi.Output(context, 0, shape[..3]));

        var head = _width / _heads;
        var (padded, paddedHead) = (Lanes.Padded(length), Lanes.Padded(head));
        var rented = ArrayPool<float>.Shared.Rent(
            (head * padded) + (length * paddedHead) + (Block * (padded + paddedHead + 1)) + Lanes.Count);
        fixed (float* start = rented)
        {
            var scratch = new Scratch(Lanes.Align(start), head, length, padded, paddedHead);
            for (var sequence = 0L; sequence < batch; sequence++)
            {
                for (var i = 0; i < _heads; i++)
                {
                    var offset = i * head;
                    var key = keys.Data + (sequence * length * keys.Width) + _key + offset;
                    Transpose(key, keys.Width, scratch.Keys, length, padded, head);
                    var value = values.Data + (sequence * length * values.Width) + _value + offset;
                    Copy(value, values.Width, scratch.Values, length, paddedHead, head);
                    for (var query = 0; query < asked; query += Block)
                    {
                        var row = (sequence * asked) + query;
                        var rows = Math.Min(Block, asked - query);
                        Attend(queries.Data + (row * queries.Width) + _query + offset, queries.Width, rows, scratch, length, padded, head, paddedHead);
                        Store(scratch, rows, result, (row * _width) + offset, head, paddedHead);
                    }
                }
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private static OperatorDefinition Define(string name, TensorType output, bool isFixed) => new(
        name, [TensorType.Float32, TensorType.Float32, TensorType.Float32], [output], info => new AttentionKernel(info, isFixed));

    /// <summary>Keys as columns, so that one query meets sixteen at once; what is beyond the last is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, int stride, float* to, int length, int padded, int head)
    {
        for (var position = 0; position < length; position++)
        {
            var row = from + ((long)position * stride);
            for (var i = 0; i < head; i++)
            {
                to[(i * padded) + position] = row[i];
            }
        }

        for (var i = 0; i < head; i++)
        {
            for (var position = length; position < padded; position++)
            {
                to[(i * padded) + position] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* from, int stride, float* to, int length, int padded, int head)
    {
        for (var position = 0; position < length; position++)
        {
            var source = new ReadOnlySpan<float>(from + ((long)position * stride), head);
            source.CopyTo(new Span<float>(to + (position * padded), head));
        }
    }

    private void Attend(float* queries, int stride, int rows, in Scratch scratch, int length, int padded, int head, int paddedHead)
    {
        Multiply(queries, stride, scratch.Keys, padded, scratch.Scores, rows, head);
        for (var row = 0; row < rows; row++)
        {
            scratch.Factors[row] = Softmax(scratch.Scores + (row * padded), length, padded);
        }

        Multiply(scratch.Scores, padded, scratch.Values, paddedHead, scratch.Sums, rows, length);
    }

    /// <summary>Makes scores to weights whose sum is the inverse of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Softmax(float* scores, int length, int padded)
    {
        for (var position = length; position < padded; position++)
        {
            scores[position] = float.MinValue;
        }

        var largest = Vector512.Create(float.MinValue);
        for (var i = 0; i < padded; i += Lanes.Count)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
        }

        var (scale, shift, sum) = (Vector512.Create(_scale), Vector512.Create(-Lanes.Max(largest) * _scale), Vector512<float>.Zero);
        for (var i = 0; i < padded; i += Lanes.Count)
        {
            var weights = Lanes.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), scale, shift));
            weights.Store(scores + i);
            sum += weights;
        }

        return 1 / Vector512.Sum(sum);
    }

    private void Store(in Scratch scratch, int rows, void* result, long start, int head, int paddedHead)
    {
        for (var row = 0; row < rows; row++)
        {
            var from = scratch.Sums + (row * paddedHead);
            var to = start + ((long)row * _width);
            if (_steps is { } steps)
            {
                Lanes.StoreRow(from, scratch.Factors[row] * steps, NormKernel.Middle, (byte*)result + to, head);
                continue;
            }

            var factor = scratch.Factors[row];
            for (var i = 0; i < head; i++)
            {
                ((float*)result)[to + i] = from[i] * factor;
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
    private static void MultiplyRow(float* left, float* right, int width, float* result, int inner)
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
    private static void MultiplyBlock(float* left, int stride, float* right, int width, float* result, int inner)
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

    /// <summary>Memory of one run: keys, values, scores, sums of values, and what makes the weights of each query add up to 1.</summary>
    private readonly struct Scratch
    {
        public readonly float* Keys, Values, Scores, Sums, Factors;

        public Scratch(float* start, int head, int length, int padded, int paddedHead)
        {
            Keys = start;
            Values = Keys + (head * padded);
            Scores = Values + (length * paddedHead);
            Sums = Scores + (Block * padded);
            Factors = Sums + (Block * paddedHead);
        }
    }
}
