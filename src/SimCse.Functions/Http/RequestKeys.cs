using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Options;

namespace SimCse.Functions.Http;

/// <summary>
/// The keys of <c>Http__Keys</c>. The host looks for its keys in <c>x-functions-key</c> and <c>?code=</c> only, and clients of OpenAI send
/// theirs in <c>Authorization: Bearer</c> or <c>api-key</c>. With keys of its own, the app tells the host that its functions are anonymous
/// and asks for a key itself. A host that does not hear of it goes on asking for its own keys.
/// </summary>
internal sealed class RequestKeys(IOptions<HttpOptions> options) : IFunctionMetadataTransformer
{
    /// <summary>The function that is open to everyone.</summary>
    public const string OpenFunction = "Health";

    private const string Bearer = "Bearer ";

    private readonly byte[][] _keys = [.. options.Value.KeyList.Select(Hash)];

    public string Name => nameof(RequestKeys);

    /// <exception cref="HttpErrorException">401: the request has no key, or a wrong one, and the function asks for one.</exception>
    public void Check(HttpRequest request, string function)
    {
        if (_keys.Length == 0 || function == OpenFunction)
        {
            return;
        }

        var given = Hash(Given(request) ?? "");
        if (!_keys.Aggregate(false, (found, key) => found | CryptographicOperations.FixedTimeEquals(key, given)))
        {
            request.HttpContext.Response.Headers.WWWAuthenticate = Bearer.TrimEnd();
            throw new HttpErrorException(
                StatusCodes.Status401Unauthorized,
                "The key is missing or wrong; expected it in Authorization: Bearer, api-key, x-functions-key or ?code=.");
        }
    }

    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (var bindings in original.Select(function => function.RawBindings).OfType<IList<string>>().Where(_ => _keys.Length > 0))
        {
            for (var i = 0; i < bindings.Count; i++)
            {
                if (JsonNode.Parse(bindings[i]) is JsonObject binding && binding.ContainsKey("authLevel"))
                {
                    binding["authLevel"] = nameof(AuthorizationLevel.Anonymous);
                    bindings[i] = binding.ToJsonString();
                }
            }
        }
    }

    /// <summary>The first key that there is: clients of OpenAI always send one, even beside a header for this app.</summary>
    private static string? Given(HttpRequest request)
    {
        var headers = request.Headers;
        return headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault() ?? headers["api-key"].FirstOrDefault()
            ?? (headers.Authorization.FirstOrDefault() is { } text && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                ? text[Bearer.Length..].Trim()
                : null);
    }

    /// <summary>All of one length, so that no comparison tells the length of a key.</summary>
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
