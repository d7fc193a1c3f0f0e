using System.Text.Json.Serialization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>A column of a source that its parts have under the same name. Its values may be missing.</summary>
/// <param name="Name">The name, in the source and in parts.</param>
/// <param name="Type">The type of all its values.</param>
public sealed record KeptColumn(string Name, KeptType Type);

/// <summary>The types of kept columns. A value is the .NET type named here, or null.</summary>
[JsonConverter(typeof(EnumNameConverter<KeptType>))]
public enum KeptType
{
    /// <summary><see cref="System.String"/>.</summary>
    [JsonStringEnumMemberName("string")]
    String,

    /// <summary><see cref="System.Int64"/>.</summary>
    [JsonStringEnumMemberName("int64")]
    Int64,

    /// <summary><see cref="System.Double"/>.</summary>
    [JsonStringEnumMemberName("double")]
    Double,

    /// <summary><see cref="System.Boolean"/>.</summary>
    [JsonStringEnumMemberName("boolean")]
    Boolean,

    /// <summary><see cref="DateTime"/> in UTC, to the microsecond.</summary>
    [JsonStringEnumMemberName("timestamp")]
    Timestamp,
}
