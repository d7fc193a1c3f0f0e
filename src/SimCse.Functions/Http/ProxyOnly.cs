using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace SimCse.Functions.Http;

/// <summary>
/// Refuses requests that the host has not passed on, if the host has told the app a secret, as the local host does. The port of the app is
/// open to every program on its machine; in Azure there is no other.
/// </summary>
internal sealed class ProxyOnly(string secret) : IStartupFilter
{
    /// <summary>The variable in which the local host gives the secret.</summary>
    public const string Variable = "SIMCSE_PROXY_SECRET";

    /// <summary>The header in which it gives the secret with each request.</summary>
    public const string Header = "x-simcse-proxy-secret";

    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(CheckAsync);
        next(app);
    };

    private Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var given = Encoding.UTF8.GetBytes(context.Request.Headers[Header].ToString());
        if (CryptographicOperations.FixedTimeEquals(given, _secret))
        {
            context.Request.Headers.Remove(Header);
            return next(context);
        }

        return Replies.Json(
            new ErrorReply("This port takes requests of the app's host only; send them to the address that 'simcse up' shows."),
            Replies.Types.ErrorReply, StatusCodes.Status403Forbidden).ExecuteAsync(context);
    }
}
