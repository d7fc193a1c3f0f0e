using System.Text.Json.Serialization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>The type of a vector's components in parts. The model always computes 32-bit floats.</summary>
[JsonConverter(typeof(EnumNameConverter<VectorType>))]
public enum VectorType
{
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>Floats that were rounded to the precision of 16 bits; they are stored as 32-bit floats.</summary>
    [JsonStringEnumMemberName("float16")]
    Float16,

    [JsonStringEnumMemberName("int8")]
    Int8,

    [JsonStringEnumMemberName("uint8")]
    UInt8,

    /// <summary>One bit a component, whether it is above 0; eight in a byte, the first in its highest bit.</summary>
    [JsonStringEnumMemberName("binary")]
    Binary,
}
