using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SimCse.LocalHost.Http;

/// <summary>
/// Keeps web pages from steering the app, for a browser lets any page send requests to this machine. Refused is a request of a foreign
/// origin, and one for a foreign host name: its sender may have made its own name lead here (DNS rebinding).
/// </summary>
internal sealed class WebPages(IReadOnlyList<string> allowedOrigins)
{
    /// <summary>The form in which browsers send an origin.</summary>
    /// <exception cref="LocalHostException">It is no origin.</exception>
    public static string Origin(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri is { Host.Length: > 0, PathAndQuery: "/" or "", Fragment: "", UserInfo: "" }
            ? uri.Scheme + Uri.SchemeDelimiter + (uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost)
                + (uri.IsDefaultPort ? "" : $":{uri.Port}")
            : throw new LocalHostException(
                $"'{text}' is no origin; expected scheme, host and port of a page, such as http://localhost:3000.");

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var (host, origin) = (context.Request.Host.Host, context.Request.Headers.Origin.ToString());
        var isAllowed = allowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
        if (!IsThisMachine(host))
        {
            return HttpFrontEnd.RefuseAsync(
                context, StatusCodes.Status403Forbidden,
                $"The request is for the host '{host}'; this app answers to localhost and 127.0.0.1 only, so that no web page " +
                "reaches it under a name of its own.");
        }

        if (origin.Length > 0 && !isAllowed && origin != $"{context.Request.Scheme}://{context.Request.Host}")
        {
            return HttpFrontEnd.RefuseAsync(
                context, StatusCodes.Status403Forbidden,
                $"The request comes from a web page of the origin '{origin}', which is not allowed; 'simcse up --allow-origin' " +
                "allows one.");
        }

        if (allowedOrigins.Count > 0)
        {
            context.Response.OnStarting(() =>
            {
                Complete(context, isAllowed);
                return Task.CompletedTask;
            });
        }

        return next(context);
    }

    /// <summary>Adds what the framework leaves out: caches must know that answers differ, and Chrome asks about private networks.</summary>
    private static void Complete(HttpContext context, bool isAllowed)
    {
        var headers = context.Response.Headers;
        if (!headers.Vary.Contains(HeaderNames.Origin))
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }

        if (isAllowed && context.Request.Headers.ContainsKey("Access-Control-Request-Private-Network"))
        {
            headers["Access-Control-Allow-Private-Network"] = "true";
        }
    }

    /// <summary>A request without a host comes from no browser. Names under <c>localhost</c> lead to this machine (RFC 6761).</summary>
    private static bool IsThisMachine(string host)
        => host.Length == 0
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
