using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SimCse.LocalHost.App;

namespace SimCse.LocalHost.Http;

/// <summary>
/// Decides by the host's rules whether a request may call a function: the header has priority, and a wrong key counts as none.
/// </summary>
/// <param name="key">The only key; <see langword="null"/> admits every request.</param>
internal sealed class FunctionKey(string? key)
{
    private const string Header = "x-functions-key";
    private const string Query = "code";

    private readonly byte[]? _key = key is null ? null : Encoding.UTF8.GetBytes(key);

    public bool Admits(HttpRequest request, FunctionBinding trigger)
    {
        if (_key is null || "anonymous".Equals(trigger.AuthLevel, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        string? given = request.Headers.TryGetValue(Header, out var header) ? header : request.Query[Query];
        return given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _key);
    }
}
