using System.Globalization;
using System.Text;
using System.Text.Json;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Sources;

/// <summary>Turns the bytes of a line into a record. Thread-safe, unless it is to find types.</summary>
/// <param name="format">Says whether lines are JSON.</param>
/// <param name="charset">The charset of the lines.</param>
/// <param name="columns">The properties that are wanted.</param>
/// <param name="kept">The properties that are passed through; <see langword="null"/> when there are none.</param>
/// <param name="types">Receives the records, to find the types of kept properties.</param>
/// <param name="transcodedFrom">The charset that the source had before it was turned into UTF-8.</param>
internal sealed class RecordParser(
    SourceFormat format, string charset, SourceColumns? columns = null, IReadOnlyList<KeptColumn>? kept = null, KeptTypes? types = null,
    string? transcodedFrom = null)
    : IRecordParser
{
    private const char Mark = '\uFEFF';
    private const int MaxProperties = 8;
    private const int MaxNameLength = 40;

    /// <summary>What no document needs; the time that a reader takes grows with it.</summary>
    internal const int MaxDepth = 512;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = MaxDepth };

    private readonly SourceCharset _charset = SourceCharset.FromName(charset);
    private readonly string _textProperty = (columns ?? SourceColumns.Default).TextProperty;
    private readonly string _idProperty = (columns ?? SourceColumns.Default).IdProperty;

    public SourceRecord Parse(long lineNumber, IRecordReader reader)
    {
        var number = lineNumber.ToString(CultureInfo.InvariantCulture);
        if (reader.IsTooLong)
        {
            return new SourceRecord(
                lineNumber, number, null, $"The line has {reader.LineBytes} bytes; at most {LineReader.MaxLineBytes} are read.");
        }

        try
        {
            // Files that begin with a mark may have been put together.
            var text = _charset.Decode(reader.Line).TrimStart(Mark);
            return format.IsReadAsJsonLines ? ParseJson(lineNumber, number, text) : new SourceRecord(lineNumber, number, text, null);
        }
        catch (DecoderFallbackException e)
        {
            return new SourceRecord(
                lineNumber, number, null,
                transcodedFrom is null
                    ? $"Byte {e.Index + 1} of the line (0x{Convert.ToHexString(e.BytesUnknown ?? [])}) is not {charset}, which the rest " +
                    "of the source is."
                    : $"Character {Before(reader.Line, e.Index) + 1} of the line is not {transcodedFrom}, which the rest of the " +
                    "source is.");
        }
    }

    private SourceRecord ParseJson(long lineNumber, string number, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, Deep);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Bad(number, $"The line is a JSON {Kind(json.RootElement)}; expected an object with \"{Shorten(_textProperty)}\".");
            }

            var id = Id(json.RootElement) ?? number;
            return !json.RootElement.TryGetProperty(_textProperty, out var text)
                    ? Bad(id, $"The object has no property \"{Shorten(_textProperty)}\"; it has {Properties(json.RootElement)}.")
                : text.ValueKind != JsonValueKind.String
                    ? Bad(id, $"\"{Shorten(_textProperty)}\" is a JSON {Kind(text)}; expected a string.")
                : LoneSurrogates.Read(text) is var value && string.IsNullOrWhiteSpace(value) ? Bad(id, "The text is empty.")
                : new SourceRecord(lineNumber, id, value, null) { Kept = Keep(json.RootElement) };
        }
        catch (FormatException e)
        {
            return Bad(number, e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a surrogate pair in a property's name
        {
            return Bad(number, $"The line is not JSON ({JsonReason.Describe(e)}).");
        }

        SourceRecord Bad(string id, string error) => new(lineNumber, id, null, error);
    }

    /// <summary>An id that is no string is kept as the JSON that it is: <c>12.50</c>, <c>{"$oid":"…"}</c>. Null is none.</summary>
    private string? Id(JsonElement record) => !record.TryGetProperty(_idProperty, out var id) ? null : id.ValueKind switch
    {
        JsonValueKind.String => LoneSurrogates.Read(id),
        JsonValueKind.Null => null,
        _ => id.GetRawText(),
    };

    /// <summary>The names that there are instead of <c>text</c>: mostly one of them was meant.</summary>
    private static string Properties(JsonElement record)
    {
        var names = record.EnumerateObject().Select(property => property.Name).Distinct().Take(MaxProperties + 1).ToList();
        return names.Count == 0
            ? "none"
            : string.Join(", ", names.Take(MaxProperties).Select(name => $"\"{Shorten(name)}\"").Concat(
                names.Count > MaxProperties ? ["…"] : Array.Empty<string>()));
    }

    private static string Shorten(string name) => name.Length <= MaxNameLength
        ? name
        : string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[MaxNameLength - 1]) ? MaxNameLength - 1 : MaxNameLength), "…");

    /// <summary>A property that is not there is a missing value, as null is.</summary>
    private object?[]? Keep(JsonElement record)
    {
        types?.Add(record);
        return kept is null
            ? null
            : [.. kept.Select(column => record.TryGetProperty(column.Name, out var value) ? KeptValue.Read(value, column) : null)];
    }

    /// <summary>The number of characters before a byte of a line that is UTF-8 up to there.</summary>
    private static int Before(ReadOnlySpan<byte> line, int index) => System.Text.Encoding.UTF8.GetCharCount(line[..index]);

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();
}
