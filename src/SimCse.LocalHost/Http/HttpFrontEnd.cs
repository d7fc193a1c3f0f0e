using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Listens on loopback for the app's HTTP functions, matches their routes as ASP.NET Core does, and spreads the requests over the instances in turn.
/// </summary>
internal sealed class HttpFrontEnd : IAsyncDisposable
{
    /// <summary>The host refuses larger bodies.</summary>
    private const long MaxRequestBodySize = 104_857_600;

    private readonly WebApplication _app;
    private readonly IReadOnlyList<FunctionInvoker> _instances;
    private readonly CustomHandlerSection _section;
    private readonly HttpPassThrough _passThrough;
    private readonly TimeProvider _timeProvider;
    private readonly FunctionKey _key;
    private uint _next;

    private HttpFrontEnd(
        FunctionsHostOptions options, HostJson hostJson, IEnumerable<FunctionMetadata> functions, IReadOnlyList<FunctionInvoker> instances, HttpClient http)
    {
        (_instances, _section, _timeProvider) = (instances, hostJson.CustomHandler, options.TimeProvider);
        _key = new FunctionKey(options.FunctionKey);
        _passThrough = new(http, streams: _section.EnableProxyingHttpRequest);
        var builder = WebApplication.CreateEmptyBuilder(new());
        // Every request is logged as an invocation already.
        builder.Services.AddRouting();
        builder.Logging.AddProvider(new ForwardedLogs(options.LoggerFactory)).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.WebHost.UseShutdownTimeout(options.Timings.DrainTimeout);
        _app = builder.Build();
        _app.UseRouting();
        // The host does not know 405: a route that matches with another method is no route.
        _app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<FunctionMetadata>() is null)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(context);
        });
        foreach (var function in functions.Where(function => function.Trigger.Is("httpTrigger")))
        {
            Map(function, hostJson.RoutePrefix);
        }
    }

    public Uri BaseAddress { get; private set; } = new("http://127.0.0.1");

    /// <exception cref="LocalHostException">The port is taken.</exception>
    public static async Task<HttpFrontEnd> StartAsync(
        FunctionsHostOptions options,
        HostJson hostJson,
        IEnumerable<FunctionMetadata> functions,
        IReadOnlyList<FunctionInvoker> instances,
        HttpClient http,
        CancellationToken cancellationToken)
    {
        var frontEnd = new HttpFrontEnd(options, hostJson, functions, instances, http);
        try
        {
            await frontEnd._app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await frontEnd._app.DisposeAsync();
            throw new LocalHostException($"Port {options.Port} is in use by another program; choose another one, or 0 for any that is free.", e);
        }

        var addresses = frontEnd._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        frontEnd.BaseAddress = new(addresses.Single());
        return frontEnd;
    }

    /// <summary>Accepts nothing more and waits for the requests in hand.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Map(FunctionMetadata function, string routePrefix)
    {
        var route = $"{routePrefix.Trim('/')}/{(function.Trigger.Route ?? function.Name).TrimStart('/')}".Trim('/');
        RequestDelegate run = context => RunAsync(function, context);
        try
        {
            var endpoint = function.Trigger.Methods is { Count: > 0 } methods
                ? _app.MapMethods(route, methods.Select(method => method.ToUpperInvariant()), run)
                : _app.Map(route, run);
            endpoint.WithMetadata(function);
        }
        catch (RoutePatternException e)
        {
            throw new LocalHostException($"The route '{route}' of function {function.Name} is no route template: {e.Message}", e);
        }
    }

    private async Task RunAsync(FunctionMetadata function, HttpContext context)
    {
        if (!_key.Admits(context.Request, function.Trigger))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var invoker = _instances[(int)(Interlocked.Increment(ref _next) % (uint)_instances.Count)];
        var passesThrough = function.IsHttpInAndOut && (_section.EnableProxyingHttpRequest || _section.EnableForwardingHttpRequest);
        var failure = passesThrough ? await PassThroughAsync(function, invoker, context) : await InvokeAsync(function, invoker, context);
        if (failure is null)
        {
            return;
        }

        if (context.Response.HasStarted)
        {
            // Half of an answer is out; only a broken connection tells the client so.
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = failure.GetBaseException() switch
        {
            BadHttpRequestException tooLarge => tooLarge.StatusCode,
            _ when passesThrough && _section.EnableProxyingHttpRequest => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
    }

    private Task<Exception?> PassThroughAsync(FunctionMetadata function, FunctionInvoker invoker, HttpContext context)
        => invoker.RunAsync(function, Reason, async (process, invocationId, cancellationToken) =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.RequestAborted);
            await _passThrough.SendAsync(context, process, invocationId, either.Token);
        });

    private async Task<Exception?> InvokeAsync(FunctionMetadata function, FunctionInvoker invoker, HttpContext context)
    {
        var (request, bindingData) = await HttpJsonRequest.ReadAsync(context, context.RequestAborted);
        var payload = InvocationPayload.ForHttp(function, request, bindingData, _timeProvider);
        return await invoker.InvokeAsync(
            function, Reason, payload, answer => HttpJsonResponse.WriteAsync(function, answer, context.Response, context.RequestAborted));
    }

    private const string Reason = "This function was programmatically called via the host APIs.";
}
