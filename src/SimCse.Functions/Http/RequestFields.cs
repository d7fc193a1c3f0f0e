using System.Text.Json;

namespace SimCse.Functions.Http;

/// <summary>
/// A request's JSON object on the routes that other services have made known: not JSON is 400, a field of the wrong type 422, as
/// text-embeddings-inference answers; fields that nobody asks for are left alone.
/// </summary>
internal sealed class RequestFields(JsonElement root)
{
    /// <summary>Reads fields from a body.</summary>
    /// <exception cref="HttpErrorException">400: not JSON, no object, or empty where something must be. 413: too much. 422: of the wrong type.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> body, string expected, Func<RequestFields, T> read)
    {
        using var document = RequestJson.Parse(body, expected);
        try
        {
            return read(new RequestFields(document.RootElement));
        }
        catch (HttpErrorException e) when (e.Status == StatusCodes.Status400BadRequest && e.Type is null)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }
    }

    public JsonElement Required(string name) => Find(name)?.Value ?? throw HttpErrorException.BadRequest($"The request has no \"{name}\".");

    public RequestFields Object(string name) => Required(name) is { ValueKind: JsonValueKind.Object } value
        ? new RequestFields(value)
        : throw HttpErrorException.BadRequest($"\"{name}\" is {Required(name).Describe()}; expected an object.");

    public RequestFields? OptionalObject(string name) => Find(name) is { Value.ValueKind: not JsonValueKind.Null } ? Object(name) : null;

    public bool Boolean(string name, bool otherwise) => Find(name) is { } property ? RequestJson.Boolean(property, otherwise) : otherwise;

    public int? Integer(string name) => Find(name) is { } property ? RequestJson.Integer(property) : null;

    public string? String(string name) => Find(name) is { Value.ValueKind: not JsonValueKind.Null } property ? RequestJson.String(property) : null;

    /// <summary>One of two words; the first where there is none.</summary>
    /// <returns>Whether it is the second.</returns>
    public bool IsSecond(string name, string first, string second)
    {
        var value = String(name);
        return value == second || (value is null || value == first
            ? false
            : throw HttpErrorException.BadRequest($"\"{name}\" is \"{RequestJson.Shorten(value)}\"; expected \"{first}\" or \"{second}\"."));
    }

    private JsonProperty? Find(string name)
    {
        JsonProperty? found = null;
        foreach (var property in root.EnumerateObject())
        {
            found = property.NameOrNull() == name ? property : found; // the last one counts
        }

        return found;
    }
}
