using System.Text.Json.Serialization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>A column of a source that its parts have under the same name. Its values may be missing.</summary>
/// <param name="Name">The name, in the source and in parts.</param>
/// <param name="Type">The type of all its values.</param>
public sealed record KeptColumn(string Name, KeptType Type)
{
    /// <summary>
    /// Why a part cannot have these columns; <see langword="null"/> when it can. Many readers do not tell upper from lower case in names.
    /// </summary>
    public static string? Problem(IEnumerable<KeptColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var taken = PartSchema.Own.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var own = string.Join(", ", PartSchema.Own);
        foreach (var column in columns)
        {
            if (!taken.Add(column.Name))
            {
                return PartSchema.Own.Contains(column.Name, StringComparer.OrdinalIgnoreCase)
                    ? $"The column '{VisibleText.Escape(column.Name)}' cannot be kept: parts have a column of their own by this name " +
                        $"({own}). Rename it in the source."
                    : $"The column '{VisibleText.Escape(column.Name)}' to keep differs from another one in upper and lower case only; " +
                        "many readers of parts cannot tell them apart. Rename it in the source.";
            }
        }

        return null;
    }
}

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
