using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SimCse.Models.Weights;

/// <summary>A floating-point storage type of a checkpoint, little-endian; everything is widened to float, exactly.</summary>
internal readonly record struct TensorType(string Name, int Size)
{
    public static readonly TensorType F32 = new("F32", sizeof(float));
    public static readonly TensorType F16 = new("F16", 2);
    public static readonly TensorType BF16 = new("BF16", 2);

    /// <summary>
    /// Parses the types that cannot be read too, because a checkpoint may list them (<c>position_ids</c> is int64). They are refused only
    /// when read.
    /// </summary>
    public static TensorType Parse(string name, string where) => name switch
    {
        "F32" => F32,
        "F16" => F16,
        "BF16" => BF16,
        "I64" or "U64" or "F64" => new TensorType(name, 8),
        "I32" or "U32" => new TensorType(name, 4),
        "I16" or "U16" => new TensorType(name, 2),
        "I8" or "U8" or "BOOL" => new TensorType(name, 1),
        _ => throw new InvalidDataException($"{where} has type {name}; expected F32, F16 or BF16."),
    };

    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="InvalidDataException">An extent is negative, or there are more elements than one array holds.</exception>
    public static int Elements(ReadOnlySpan<int> shape, string where)
    {
        var elements = 1L;
        foreach (var extent in shape)
        {
            elements *= extent;
            if (extent < 0 || elements > Array.MaxLength)
            {
                throw new InvalidDataException(
                    $"{where} has shape [{string.Join(", ", shape.ToArray())}]; expected extents of 0 or more and at most " +
                    $"{Array.MaxLength} elements.");
            }
        }

        return (int)elements;
    }

    /// <summary>Widens <paramref name="bytes"/> to floats.</summary>
    /// <exception cref="InvalidDataException">The type is not F32, F16 or BF16.</exception>
    public void ToSingle(ReadOnlySpan<byte> bytes, Span<float> values, string where)
    {
        switch (Name)
        {
            case "F32":
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                break;
            case "F16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case "BF16":
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < halves.Length; i++)
                {
                    values[i] = BitConverter.Int32BitsToSingle(halves[i] << 16); // bfloat16 is the upper half of a float
                }

                break;
            default:
                throw new InvalidDataException($"{where} has type {Name}; expected F32, F16 or BF16.");
        }
    }
}
