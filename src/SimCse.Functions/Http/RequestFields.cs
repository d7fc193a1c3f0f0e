using System.Text.Json;
using SimCse.Jobs.State;

namespace SimCse.Functions.Http;

/// <summary>The fields of a request's JSON object. Unknown fields are ignored, since clients of similar services send more.</summary>
internal sealed class RequestFields(JsonElement root, string expected)
{
    /// <summary>
    /// Reads fields from a body. If a field is of the wrong type, the routes of text-embeddings-inference and OpenAI answer 422, as those
    /// services do, and the app's own routes 400.
    /// </summary>
    /// <param name="request">The request, whose body is read to its end.</param>
    /// <param name="maxBytes">The most bytes that the body may have.</param>
    /// <param name="expected">The form of a valid body: <c>expected {…}</c>.</param>
    /// <param name="read">Reads the fields that the route needs.</param>
    /// <exception cref="HttpErrorException">
    /// 400: the body is not JSON, not an object, or empty where it must not be. 413: it is too large. 400, 422: a field has a wrong type.
    /// </exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, int maxBytes, string expected, Func<RequestFields, T> read)
    {
        var body = await RequestBody.ReadAsync(request, maxBytes, request.HttpContext.RequestAborted);
        using var document = RequestJson.Parse(body, expected);
        try
        {
            return read(new RequestFields(document.RootElement, expected));
        }
        catch (HttpErrorException e) when (e.Status == StatusCodes.Status400BadRequest && e.Type is null && !IsOwn(request))
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }
    }

    public JsonElement Required(string name) =>
        Find(name)?.Value ?? throw HttpErrorException.BadRequest($"The request has no \"{name}\"; {expected}.");

    public bool Has(string name) => Find(name) is not null;

    /// <summary>The fields by their names, for a route on which an unknown field would change what is done.</summary>
    /// <exception cref="HttpErrorException">400: there is a field of another name, or one stands twice.</exception>
    public IReadOnlyDictionary<string, JsonElement> Only(params string[] names) =>
        RequestJson.Understood(() => NamedMembers.Read(root, "The request", names));

    public RequestFields Object(string name) => Required(name) is { ValueKind: JsonValueKind.Object } value
        ? new RequestFields(value, expected)
        : throw HttpErrorException.BadRequest($"\"{name}\" is {Required(name).Describe()}; expected an object.");

    public RequestFields? OptionalObject(string name) => Find(name) is { Value.ValueKind: not JsonValueKind.Null } ? Object(name) : null;

    public bool Boolean(string name, bool otherwise) => Find(name) is { } property ? RequestJson.Boolean(property, otherwise) : otherwise;

    public int? Integer(string name) => Find(name) is { } property ? RequestJson.Integer(property) : null;

    public string? String(string name) =>
        Find(name) is { Value.ValueKind: not JsonValueKind.Null } property ? RequestJson.String(property) : null;

    /// <returns>Whether the field is <paramref name="second"/>; without a value it counts as <paramref name="first"/>.</returns>
    public bool IsSecond(string name, string first, string second)
    {
        var value = String(name);
        return value == second || (value is null || value == first
            ? false
            : throw HttpErrorException.BadRequest(
                $"\"{name}\" is \"{RequestJson.Shorten(value)}\"; expected \"{first}\" or \"{second}\"."));
    }

    private static bool IsOwn(HttpRequest request) => RouteMap.ShapeOf(request.Path) == ErrorShape.Own;

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
