using System.Globalization;
using System.Text.Json;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Finds the types of kept properties from all their values: integers, numbers, booleans or strings; what is mixed, or an object or an
/// array, is kept as a string, and so are numbers that would lose digits. Not thread-safe.
/// </summary>
internal sealed class KeptTypes(SourceColumns columns)
{
    private const long MaxExactDouble = 1L << 53;

    private readonly Found[] _found = new Found[columns.Keep.Count];

    [Flags]
    private enum Found
    {
        Nothing = 0,
        Integer = 1,

        /// <summary>An integer that a double does not hold to its last digit.</summary>
        LongInteger = 2,
        Fraction = 4,
        Boolean = 8,
        Other = 16,
    }

    /// <param name="record">One record of the source.</param>
    public void Add(JsonElement record)
    {
        for (var i = 0; i < _found.Length; i++)
        {
            if (columns.Keep[i].Type is null && record.TryGetProperty(columns.Keep[i].Name, out var value))
            {
                _found[i] |= Look(value);
            }
        }
    }

    /// <summary>The kept columns, each with the type that somebody has named or that was found.</summary>
    public IReadOnlyList<KeptColumn> Finish() => [.. columns.Keep.Select((column, i) => new KeptColumn(
        column.Name, column.Type ?? _found[i] switch
        {
            Found.Integer or Found.LongInteger or (Found.Integer | Found.LongInteger) => KeptType.Int64,
            Found.Fraction or (Found.Fraction | Found.Integer) => KeptType.Double,
            Found.Boolean => KeptType.Boolean,
            _ => KeptType.String,
        }))];

    private static Found Look(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => Found.Nothing,
        JsonValueKind.True or JsonValueKind.False => Found.Boolean,
        JsonValueKind.Number when long.TryParse(
            value.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) =>
            integer is >= -MaxExactDouble and <= MaxExactDouble ? Found.Integer : Found.LongInteger,
        JsonValueKind.Number when value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') && double.IsFinite(value.GetDouble()) =>
            Found.Fraction,
        _ => Found.Other,
    };
}
