using System.Text.Json;

namespace SimCse.Functions;

/// <summary>Reads JSON that a user wrote; whatever is wrong with it becomes a sentence of its own, without the names of .NET types.</summary>
internal static class RequestJson
{
    /// <summary>Parses an object.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="expected">How a good body looks: <c>expected {…}</c>.</param>
    /// <exception cref="HttpErrorException">400: it is empty, not JSON or no object.</exception>
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
            throw HttpErrorException.BadRequest($"The request's body is not JSON ({e.Message.TrimEnd('.')}); {expected}.");
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

    public static string String(JsonProperty property) => String(property.Value, property.Name);

    /// <param name="value">Any JSON.</param>
    /// <param name="where">Its path, for the error.</param>
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
        JsonValueKind.Number => throw HttpErrorException.BadRequest($"\"{property.Name}\" is {property.Value.GetRawText()}; expected an integer."),
        _ => throw HttpErrorException.BadRequest($"\"{property.Name}\" is {property.Value.Describe()}; expected an integer."),
    };
}
