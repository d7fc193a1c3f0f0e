using System.Text.Json.Serialization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>The type of a vector's components in parts. The model always computes 32-bit floats.</summary>
[JsonConverter(typeof(EnumNameConverter<VectorType>))]
public enum VectorType
{
    [JsonStringEnumMemberName("float32")]
    Float32,

    [JsonStringEnumMemberName("float16")]
    Float16,

    [JsonStringEnumMemberName("int8")]
    Int8,

    [JsonStringEnumMemberName("uint8")]
    UInt8,

    [JsonStringEnumMemberName("binary")]
    Binary,
}
