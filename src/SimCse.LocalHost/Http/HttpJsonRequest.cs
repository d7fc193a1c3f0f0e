using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace SimCse.LocalHost;

/// <summary>Describes a request as the JSON object that functions get which are neither proxied nor forwarded to.</summary>
/// <remarks>Source: HttpRequestExtensions.cs, GetRequestAsJObject, of Azure/azure-functions-host at 89dc438d.</remarks>
internal static class HttpJsonRequest
{
    private static readonly string[] BinaryMediaTypes = ["application/octet-stream", "multipart/"];

    public static async Task<(JsonObject Request, Dictionary<string, object?> BindingData)> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var isBinary = BinaryMediaTypes.Any(type => request.ContentType?.StartsWith(type, StringComparison.OrdinalIgnoreCase) ?? false);
        var text = isBinary ? Convert.ToBase64String(body.ToArray()) : Encoding.UTF8.GetString(body.ToArray());
        var json = new JsonObject
        {
            ["Url"] = request.GetDisplayUrl(),
            ["Method"] = request.Method,
            ["Query"] = Strings(request.Query.Select(query => (query.Key, query.Value.ToString()))),
            ["Headers"] = new JsonObject(request.Headers.Select(header => KeyValuePair.Create(
                header.Key, (JsonNode?)new JsonArray([.. header.Value.Select(value => JsonValue.Create(value))])))),
            ["Params"] = Strings(request.RouteValues.Select(value => (value.Key, value.Value?.ToString() ?? ""))),
            ["Identities"] = new JsonArray(AnonymousIdentity()),
        };
        if (body.Length > 0)
        {
            json["Body"] = text;
        }

        return (json, BindingData(request, isBinary ? "" : text));
    }

    private static Dictionary<string, object?> BindingData(HttpRequest request, string body)
    {
        var data = InvocationPayload.NewBindingData();
        JsonBindingData.Apply(body, data);
        foreach (var (name, value) in request.Query)
        {
            data[name] = value.ToString();
        }

        foreach (var (name, value) in request.RouteValues)
        {
            data[name] = value?.ToString();
        }

        data["Query"] = Strings(request.Query.Select(query => (query.Key, query.Value.ToString())));
        data["Headers"] = Strings(request.Headers.Select(header => (header.Key, header.Value.ToString())));
        return data;
    }

    private static JsonObject Strings(IEnumerable<(string Name, string Value)> values)
        => new(values.Select(value => KeyValuePair.Create(value.Name, (JsonNode?)JsonValue.Create(value.Value))));

    /// <summary>What the host writes for a caller who has not signed in; there is no other here.</summary>
    private static JsonObject AnonymousIdentity() => new()
    {
        ["AuthenticationType"] = null,
        ["IsAuthenticated"] = false,
        ["Actor"] = null,
        ["BootstrapContext"] = null,
        ["Claims"] = new JsonArray(),
        ["Label"] = null,
        ["Name"] = null,
        ["NameClaimType"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        ["RoleClaimType"] = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    };
}
