using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>The columns, or properties, that somebody wants of a source.</summary>
/// <param name="Text">The column of the texts; <see langword="null"/> is <c>text</c>, or the only column of a table.</param>
/// <param name="Id">The column of the ids; <see langword="null"/> is <c>id</c>, where there is one.</param>
/// <param name="Keep">Columns to pass through, each with the type that its values shall have, or that is to be found.</param>
public sealed record SourceColumns(string? Text, string? Id, IReadOnlyList<(string Name, KeptType? Type)> Keep)
{
    public const string DefaultText = "text";
    public const string DefaultId = "id";

    /// <summary>The columns of a source for which nobody has asked for any.</summary>
    public static readonly SourceColumns Default = new(null, null, []);

    /// <summary>The columns that parts have of their own.</summary>
    private static readonly string[] OfParts =
        ["id", "line", "text", "tokens", "truncated", "embedding", "source", "chunk", "start", "length"];

    /// <summary>The property of the texts, where there is no header to look into.</summary>
    internal string TextProperty => Text ?? DefaultText;

    /// <summary>The property of the ids, where there is no header to look into.</summary>
    internal string IdProperty => Id ?? DefaultId;

    /// <summary>Whether values have to be looked at before the types of all kept columns are known.</summary>
    internal bool HasUnknownTypes => Keep.Any(column => column.Type is null);

    /// <summary>Reads the columns to keep: <c>name</c>, or <c>name:type</c>.</summary>
    /// <exception cref="NotSupportedException">Parts have a column of that name, or two have the same.</exception>
    public static SourceColumns Create(string? text, string? id, IReadOnlyList<string> keep)
    {
        var columns = keep.Select(Parse).ToList();
        if (columns.FirstOrDefault(column => OfParts.Contains(column.Name, StringComparer.OrdinalIgnoreCase)).Name is { } taken)
        {
            throw new NotSupportedException(
                $"The column '{taken}' cannot be kept: parts have a column of that name ({string.Join(", ", OfParts)}). Rename it in the " +
                "source.");
        }

        var counts = columns.CountBy(column => column.Name, StringComparer.OrdinalIgnoreCase);
        return counts.FirstOrDefault(same => same.Value > 1).Key is { } twice
            ? throw new NotSupportedException($"The column '{twice}' is to be kept twice; expected it once.")
            : new SourceColumns(text, id, columns);
    }

    /// <summary>What stands behind the last colon is the type if there is such a type; otherwise it belongs to the name.</summary>
    private static (string Name, KeptType? Type) Parse(string column) =>
        column.LastIndexOf(':') is var colon and > 0 && EnumNames.Find<KeptType>(column[(colon + 1)..]) is { } type
            ? (column[..colon], type)
            : (column, null);
}
