using System.Numerics.Tensors;

namespace SimCse.Jobs.Parts;

/// <summary>Turns vectors into what parts store of them, and back. Methods work on any number of vectors, row after row.</summary>
public static class VectorTypes
{
    private const int BitsInByte = 8;
    private const float Int8Limit = sbyte.MaxValue;
    private const float UInt8Middle = byte.MaxValue / 2f;

    /// <summary>The .NET type of the column's values.</summary>
    internal static Type ComponentType(this VectorType type) => type switch
    {
        VectorType.Int8 => typeof(sbyte),
        VectorType.UInt8 or VectorType.Binary => typeof(byte),
        _ => typeof(float),
    };

    /// <summary>How many values stand for a vector of <paramref name="dimension"/> components.</summary>
    internal static int StoredLength(this VectorType type, int dimension) =>
        type == VectorType.Binary ? dimension / BitsInByte : dimension;

    /// <summary>Why vectors of this dimension cannot have the type; <see langword="null"/> when they can.</summary>
    public static string? Problem(this VectorType type, int dimension) => type == VectorType.Binary && dimension % BitsInByte != 0
        ? $"The vectors have {dimension} components; the vector type binary packs eight into a byte and needs a multiple of 8."
        : null;

    /// <summary>The nearest float of 16 bits, as a float. Beyond its range, which ends at 65,504, the end of it and not infinity.</summary>
    internal static void Round(ReadOnlySpan<float> vectors, Span<float> rounded)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            rounded[i] = (float)(Half)Math.Clamp(vectors[i], (float)Half.MinValue, (float)Half.MaxValue);
        }
    }

    internal static void Quantise(ReadOnlySpan<float> vectors, VectorRange range, Span<sbyte> stored)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            stored[i] = (sbyte)Math.Clamp(MathF.Round(vectors[i] / range.Limit * Int8Limit), -Int8Limit, Int8Limit);
        }
    }

    internal static void Quantise(ReadOnlySpan<float> vectors, VectorRange range, Span<byte> stored)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            stored[i] = (byte)Math.Clamp(MathF.Round((vectors[i] / range.Limit * UInt8Middle) + UInt8Middle), 0, byte.MaxValue);
        }
    }

    internal static void Restore(ReadOnlySpan<sbyte> stored, VectorRange range, Span<float> vectors)
    {
        TensorPrimitives.ConvertTruncating(stored, vectors);
        TensorPrimitives.Multiply(vectors, range.Limit / Int8Limit, vectors);
    }

    internal static void Restore(ReadOnlySpan<byte> stored, VectorRange range, Span<float> vectors)
    {
        for (var i = 0; i < stored.Length; i++)
        {
            vectors[i] = (stored[i] - UInt8Middle) / UInt8Middle * range.Limit;
        }
    }

    /// <summary>Packs eight components into a byte, the first into its highest bit: 1 for those above 0.</summary>
    internal static void Pack(ReadOnlySpan<float> vectors, Span<byte> stored)
    {
        for (var i = 0; i < stored.Length; i++)
        {
            var bits = 0;
            foreach (var component in vectors.Slice(i * BitsInByte, BitsInByte))
            {
                bits = (bits << 1) | (component > 0 ? 1 : 0);
            }

            stored[i] = (byte)bits;
        }
    }

    /// <summary>A bit of 1 becomes 1, one of 0 becomes −1.</summary>
    internal static void Unpack(ReadOnlySpan<byte> stored, Span<float> vectors)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = ((stored[i / BitsInByte] >> (BitsInByte - 1 - (i % BitsInByte))) & 1) == 1 ? 1 : -1;
        }
    }
}
