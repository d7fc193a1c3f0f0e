using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Http;

/// <summary>Reads JSON that a user wrote. Every error becomes a sentence without the names of .NET types.</summary>
internal static class RequestJson
{
    private const int MaxQuoted = 40;

    /// <param name="body">The body in UTF-8.</param>
    /// <param name="expected">The form of a valid body: <c>expected {…}</c>.</param>
    /// <exception cref="HttpErrorException">400: the body is empty, not JSON or not an object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body, string expected)
    {
        if (body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw HttpErrorException.BadRequest($"The request's body is empty; {expected}.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw HttpErrorException.BadRequest($"The request's body is not JSON ({Reason(body.Span, e)}); {expected}.");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        using (document)
        {
            throw HttpErrorException.BadRequest($"The request's body is {document.RootElement.Describe()}; {expected}.");
        }
    }

    /// <summary>Shortens a value so that its sender can still recognise it.</summary>
    public static string Shorten(string value) => value.Length <= MaxQuoted ? value : string.Concat(value.AsSpan(0, MaxQuoted), "…");

    public static string String(JsonProperty property) => String(property.Value, property.Name);

    /// <param name="value">Any JSON value.</param>
    /// <param name="where">The path of the value, for the error.</param>
    public static string String(JsonElement value, string where) =>
        value.ValueKind != JsonValueKind.String
            ? throw HttpErrorException.BadRequest($"\"{where}\" is {value.Describe()}; expected a string.")
            : value.TextOrNull() ?? throw HttpErrorException.BadRequest(
                $"\"{where}\" is not text: it holds half a surrogate pair (\\uD800 to \\uDFFF) or bytes that are not UTF-8.");

    public static bool Boolean(JsonProperty property, bool whenNull) => property.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => whenNull,
        _ => throw HttpErrorException.BadRequest($"\"{property.Name}\" is {property.Value.Describe()}; expected true or false."),
    };

    public static int? Integer(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number when property.Value.TryGetInt32(out var number) => number,
        JsonValueKind.Number =>
            throw HttpErrorException.BadRequest($"\"{property.Name}\" is {Shorten(property.Value.GetRawText())}; expected an integer."),
        _ => throw HttpErrorException.BadRequest($"\"{property.Name}\" is {property.Value.Describe()}; expected an integer."),
    };

    /// <summary>Reads what the library of jobs reads, too.</summary>
    /// <exception cref="HttpErrorException">400: <paramref name="read"/> does not understand it.</exception>
    public static T Understood<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            throw HttpErrorException.BadRequest(e.Message);
        }
    }

    private static string Reason(ReadOnlySpan<byte> body, JsonException e) => body switch
    {
        [0x1F, 0x8B, ..] => "it is compressed with gzip; send it as it is",
        [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] or [0, _, ..] or [_, 0, ..] => "it is UTF-16; send UTF-8",
        _ => $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {JsonReason.Words(e)}",
    };
}
