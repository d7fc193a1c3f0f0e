using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Worker;
using Yarp.ReverseProxy.Forwarder;

namespace SimCse.LocalHost.Http;

/// <summary>
/// Listens on loopback for the app's HTTP functions, matches their routes as ASP.NET Core does, and distributes the requests over the
/// instances in rotation.
/// </summary>
internal sealed partial class HttpFrontEnd : IAsyncDisposable
{
    /// <summary>The host refuses larger request bodies.</summary>
    private const long MaxRequestBodySize = 104_857_600;

    /// <summary>The pace at which clients must send.</summary>
    private const double MinBodyBytesPerSecond = 16 << 10;

    private const string Reason = "This function was programmatically called via the host APIs.";

    private readonly WebApplication _app;
    private readonly IReadOnlyList<FunctionInvoker> _instances;
    private readonly HttpProxy _proxy;
    private readonly FunctionKey _key;
    private readonly TimeSpan _slowClientGrace;
    private uint _next;

    private HttpFrontEnd(
        FunctionsHostOptions options, HostJson hostJson, string proxySecret, IEnumerable<FunctionMetadata> functions,
        IReadOnlyList<FunctionInvoker> instances)
    {
        _instances = instances;
        _key = new FunctionKey(options.FunctionKey);
        _slowClientGrace = options.Timings.SlowClientGrace;
        // YARP's errors are errors of invocations, which are logged already.
        var builder = QuietWebApplication.CreateBuilder(options.LoggerFactory, "Yarp");
        builder.Services.AddCors().AddHttpForwarder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
            // Stricter than the worker's five seconds, so that this host answers a client that sends too slowly before the worker breaks
            // the connection.
            kestrel.Limits.MinRequestBodyDataRate = new(MinBodyBytesPerSecond, options.Timings.SlowClientGrace);
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            // All connections inherit it. With the system's large buffers, a slow client would seem to read nothing for minutes.
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = SlowClientStream.BufferBytes;
            return socket;
        });
        builder.WebHost.UseShutdownTimeout(options.Timings.DrainTimeout);
        _app = builder.Build();
        _proxy = new(_app.Services.GetRequiredService<IHttpForwarder>(), proxySecret);
        // An address in the request's line or no header at all, as in HTTP/1.0, is enough. YARP cannot pass on one that is empty.
        _app.Use((context, next) =>
        {
            if (context.Request.Headers.Host is [var host, ..] && string.IsNullOrWhiteSpace(host))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return context.Response.WriteAsync("The header Host is empty; it must name this server, such as 127.0.0.1:7071.\n");
            }

            return next(context);
        });
        // Addresses put together with one slash too many: the Functions host finds no route for them.
        _app.Use((context, next) =>
        {
            context.Request.Path = EmptySegments().Replace(context.Request.Path.Value!, "/");
            return next(context);
        });
        _app.Use(new WebPages(options.AllowedOrigins).CheckAsync);
        _app.UseCors(policy => policy.WithOrigins([.. options.AllowedOrigins])
            .AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("*").SetPreflightMaxAge(TimeSpan.FromHours(1)));
        _app.UseRouting();
        // The host never answers 405: a route that matches with another method counts as no match.
        _app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<FunctionMetadata>() is null)
            {
                return RefuseAsync(context, StatusCodes.Status404NotFound, "No function answers requests of this method to this path.");
            }

            return next(context);
        });
        foreach (var function in functions.Where(function => function.Trigger.Is("httpTrigger")))
        {
            Map(function, hostJson.RoutePrefix);
        }
    }

    public Uri BaseAddress { get; private set; } = new("http://127.0.0.1");

    /// <exception cref="LocalHostException">The port is taken, or a route is invalid.</exception>
    public static async Task<HttpFrontEnd> StartAsync(
        FunctionsHostOptions options,
        HostJson hostJson,
        string proxySecret,
        IEnumerable<FunctionMetadata> functions,
        IReadOnlyList<FunctionInvoker> instances,
        CancellationToken cancellationToken)
    {
        var frontEnd = new HttpFrontEnd(options, hostJson, proxySecret, functions, instances);
        try
        {
            await frontEnd._app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await frontEnd.DisposeAsync();
            throw PortIsTaken(options.Port, e);
        }

        frontEnd.BaseAddress = frontEnd._app.Address();
        return frontEnd;
    }

    public static LocalHostException PortIsTaken(int port, Exception? innerException = null) =>
        new($"Port {port} is in use by another program; choose another one, or 0 for any that is free.", innerException);

    /// <summary>Accepts no more requests, and waits for those in progress.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _proxy.Dispose();
    }

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
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(
                context, StatusCodes.Status401Unauthorized,
                "The key is missing or wrong; expected it in Authorization: Bearer, api-key, x-functions-key or ?code=.");
            return;
        }

        if (context.Request.ContentLength > MaxRequestBodySize)
        {
            await RefuseAsync(
                context, StatusCodes.Status413PayloadTooLarge, $"The body has more than {MaxRequestBodySize} bytes, which is the limit.");
            return;
        }

        var invoker = _instances[(int)(Interlocked.Increment(ref _next) % (uint)_instances.Count)];
        var request = function.Request(new() { Http = new() });
        if (context.Request.Headers is { TraceParent: [{ Length: > 0 } traceParent] } headers && ActivityContext.TryParse(
            traceParent, null, out _))
        {
            request.TraceContext = new() { TraceParent = traceParent, TraceState = headers.TraceState.ToString() };
        }

        context.Response.Body = new SlowClientStream(context.Response.Body, _slowClientGrace, context.Abort);
        var givenUp = new TaskCompletionSource();
        var invocation = invoker.InvokeAsync(function, Reason, request, context.RequestAborted, async (worker, failed) =>
        {
            try
            {
                await _proxy.ForwardAsync(context, worker, request, failed);
            }
            catch (InvocationFailedException e) when (e.GivenUp)
            {
                givenUp.SetResult();
                throw;
            }
        });
        // A client that caused the failure has its answer or is gone; the function's end only goes to the log.
        _ = invocation.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        if (await Task.WhenAny(invocation, givenUp.Task) != invocation)
        {
            await FailAsync(context, context.Response.StatusCode); // the status that the proxy has set
        }
        else if (invocation.Exception?.InnerException is { } failure)
        {
            await FailAsync(context, failure.InnerException switch
            {
                WorkerGoneException => StatusCodes.Status502BadGateway,
                ForwardingException forwarding => forwarding.StatusCode,
                _ => StatusCodes.Status500InternalServerError,
            });
        }
    }

    /// <summary>
    /// Answers with a sentence, where the Functions host answers with an empty body. Clients of OpenAI read <c>error.message</c>,
    /// others <c>error</c>, and those of text-embeddings-inference <c>error_type</c> too.
    /// </summary>
    internal static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        var (path, isOurs) = (context.Request.Path, status >= StatusCodes.Status500InternalServerError);
        var (kind, type) = isOurs ? ("Backend", "server_error") : ("Validation", "invalid_request_error");
        return path.StartsWithSegments("/v1") || path.StartsWithSegments("/openai")
            ? context.Response.WriteAsJsonAsync(new
            {
                error = new { message = error, type, param = (string?)null, code = kind },
                message = error,
                code = status,
                type = kind,
            })
            : context.Response.WriteAsJsonAsync(new { error, error_type = kind });
    }

    /// <summary>Makes a failure visible: the worker ends the response of a function that has thrown as if it had succeeded.</summary>
    private static async Task FailAsync(HttpContext context, int status)
    {
        if (context.Response.HasStarted)
        {
            // Half of an answer is sent; only a broken connection shows the client that the rest is missing.
            context.Abort();
            return;
        }

        context.Response.Clear();
        await RefuseAsync(context, status, status switch
        {
            StatusCodes.Status400BadRequest => "The body of the request is broken; expected Content-Length bytes, or chunks.",
            StatusCodes.Status408RequestTimeout =>
                "The request's body came too slowly, or stopped before its Content-Length. Send it at once.",
            StatusCodes.Status502BadGateway => "The worker ended while the function ran. Send the request again; the host's log says why.",
            StatusCodes.Status504GatewayTimeout => "The function gave no answer for as long as a request may wait.",
            _ => "The function failed; the host's log says why.",
        });
    }

    [GeneratedRegex("//+")]
    private static partial Regex EmptySegments();
}
