using System.Globalization;
using System.Text;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Sources;

/// <summary>Turns the bytes of a line into a record. Thread-safe.</summary>
internal sealed class RecordParser(SourceFormat format, string charset)
{
    private const string IdProperty = "id";
    private const string TextProperty = "text";
    private const int MaxProperties = 8;
    private const int MaxNameLength = 40;

    private readonly SourceCharset _charset = SourceCharset.FromName(charset);

    public SourceRecord Parse(long lineNumber, LineReader reader)
    {
        var number = lineNumber.ToString(CultureInfo.InvariantCulture);
        if (reader.IsTooLong)
        {
            return new SourceRecord(
                lineNumber, number, null, $"The line has {reader.LineBytes} bytes; at most {LineReader.MaxLineBytes} are read.");
        }

        try
        {
            var text = _charset.Decode(reader.Line);
            return format.JsonLines ? ParseJson(lineNumber, number, text) : new SourceRecord(lineNumber, number, text, null);
        }
        catch (DecoderFallbackException e)
        {
            return new SourceRecord(
                lineNumber, number, null,
                $"Byte {e.Index + 1} of the line (0x{Convert.ToHexString(e.BytesUnknown ?? [])}) is not {charset}, which the rest of the " +
                "source is.");
        }
    }

    private static SourceRecord ParseJson(long lineNumber, string number, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Bad(number, $"The line is a JSON {Kind(json.RootElement)}; expected an object with \"text\".");
            }

            var id = Id(json.RootElement) ?? number;
            return !json.RootElement.TryGetProperty(TextProperty, out var text)
                    ? Bad(id, $"The object has no property \"text\"; it has {Properties(json.RootElement)}.")
                : text.ValueKind != JsonValueKind.String ? Bad(id, $"\"text\" is a JSON {Kind(text)}; expected a string.")
                : new SourceRecord(lineNumber, id, Unescape(text), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a surrogate pair in a property's name
        {
            return Bad(number, $"The line is not JSON ({JsonReason.Describe(e)}).");
        }

        SourceRecord Bad(string id, string error) => new(lineNumber, id, null, error);
    }

    /// <summary>An id is a string or a number; any other value is ignored.</summary>
    private static string? Id(JsonElement record) => !record.TryGetProperty(IdProperty, out var id) ? null : id.ValueKind switch
    {
        JsonValueKind.String => Unescape(id),
        JsonValueKind.Number => id.GetRawText(),
        _ => null,
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

    /// <summary>JSON may escape a surrogate without its partner, which UTF-8 cannot hold; it is read as U+FFFD.</summary>
    private static string Unescape(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return LoneSurrogates.Unescape(element.GetRawText());
        }
    }

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();
}
