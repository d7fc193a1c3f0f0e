using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Makes web servers that log warnings to the caller's loggers and do not handle the process's signals, which are the caller's.
/// </summary>
internal static class QuietWebApplication
{
    public static WebApplicationBuilder CreateBuilder(ILoggerFactory loggers, params IEnumerable<string> silent)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        ForwardedLogs.Configure(builder.Logging, loggers, silent);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>().AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        return builder;
    }

    /// <summary>The only address that a started server listens on.</summary>
    public static Uri Address(this WebApplication app)
        => new(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
}
