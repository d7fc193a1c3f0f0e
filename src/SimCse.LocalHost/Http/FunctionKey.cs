using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SimCse.LocalHost.App;

namespace SimCse.LocalHost.Http;

/// <summary>
/// Decides whether a request may call a function, by the host's rules: the header has priority, and a wrong key counts as none. Unlike the
/// host, it also takes the key where clients of OpenAI and Azure OpenAI put it.
/// </summary>
/// <param name="key">The only key; <see langword="null"/> admits every request.</param>
internal sealed class FunctionKey(string? key)
{
    private const string Header = "x-functions-key";
    private const string Query = "code";
    private const string Bearer = "Bearer ";

    private readonly byte[]? _key = key is null ? null : Encoding.UTF8.GetBytes(key);

    public bool Admits(HttpRequest request, FunctionBinding trigger)
    {
        if (_key is null || "anonymous".Equals(trigger.AuthLevel, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var headers = request.Headers;
        var given = headers[Header].FirstOrDefault() ?? request.Query[Query].FirstOrDefault() ?? headers["api-key"].FirstOrDefault()
            ?? (headers.Authorization.FirstOrDefault() is { } text && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                ? text[Bearer.Length..].Trim()
                : null);
        return given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _key);
    }
}
