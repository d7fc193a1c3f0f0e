using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SimCse.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace SimCse.Benchmarks.Faults;

/// <summary>
/// Stands between the app and storage, and spoils some requests. It also sees when parts are written. Thread-safe.
/// </summary>
internal sealed partial class FaultyProxy : IAsyncDisposable
{
    /// <summary>The ways in which a request is spoilt.</summary>
    private enum Fault
    {
        None,

        /// <summary>The connection ends before storage sees the request.</summary>
        Dropped,

        /// <summary>Storage carries the request out, but the connection ends without an answer.</summary>
        Unanswered,

        /// <summary>Storage carries the request out, but the answer is 500.</summary>
        Denied,

        /// <summary>Storage never sees the request; the answer is 503.</summary>
        Refused,

        /// <summary>The answer ends in the middle of its body.</summary>
        CutOff,

        /// <summary>The request waits.</summary>
        Delayed,
    }

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
    });

    private readonly ConcurrentQueue<DateTime> _parts = new();
    private readonly double _share;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private TaskCompletionSource _open = Completed();
    private int _faults;
    private int _requests;
    private int _running;

    private FaultyProxy(WebApplication app, double share, Random random) => (_app, _share, _random) = (app, share, random);

    public int Faults => _faults;

    public int Requests => _requests;

    /// <summary>The times at which parts were committed.</summary>
    public IReadOnlyCollection<DateTime> Parts => _parts;

    /// <summary>The connection string that leads through the proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <param name="connectionString">The connection string of an Azurite whose ports do not change.</param>
    /// <param name="share">The share of requests to spoil, from 0 to 1.</param>
    /// <param name="random">The source of chance.</param>
    public static async Task<FaultyProxy> StartAsync(string connectionString, double share, Random random)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseUrls("http://127.0.0.1:0", "http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var proxy = new FaultyProxy(builder.Build(), share, random);
        string[] targets = [.. Endpoint().Matches(connectionString).Select(match => match.Value)];
        var ports = new ConcurrentDictionary<int, string>();
        proxy._app.Run(context => proxy.PassAsync(context, ports[context.Connection.LocalPort]));
        await proxy._app.StartAsync();
        foreach (var (address, target) in proxy._app.Urls.Zip(targets))
        {
            ports[new Uri(address).Port] = target;
            connectionString = connectionString.Replace(target, address, StringComparison.Ordinal);
        }

        proxy.ConnectionString = connectionString;
        return proxy;
    }

    /// <summary>The ports of the blob service and the queue service.</summary>
    public static int[] Ports(string connectionString) =>
        [.. Endpoint().Matches(connectionString).Select(match => new Uri(match.Value).Port)];

    /// <summary>Lets no request through until the result is disposed of. Returns when no request is with storage any more.</summary>
    public async Task<IDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _open = open;
        }

        await Eventually.TrueAsync("no request is with storage", () => Task.FromResult(IsIdle()), cancellationToken);
        return new Held(open);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _invoker.Dispose();
    }

    private async Task PassAsync(HttpContext context, string target)
    {
        Interlocked.Increment(ref _requests);
        var (fault, chance) = Draw();
        if (fault != Fault.None)
        {
            Interlocked.Increment(ref _faults);
        }

        switch (fault)
        {
            case Fault.Dropped:
                context.Abort();
                return;
            case Fault.Refused:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            case Fault.Delayed:
                await Task.Delay(LongestDelay * chance, context.RequestAborted);
                break;
        }

        await EnterAsync();
        try
        {
            await ForwardAsync(context, target, fault);
        }
        finally
        {
            lock (_gate)
            {
                _running--;
            }
        }
    }

    private bool IsIdle()
    {
        lock (_gate)
        {
            return _running == 0;
        }
    }

    private async Task EnterAsync()
    {
        while (true)
        {
            Task open;
            lock (_gate)
            {
                if (_open.Task.IsCompleted)
                {
                    _running++;
                    return;
                }

                open = _open.Task;
            }

            await open;
        }
    }

    private async Task ForwardAsync(HttpContext context, string target, Fault fault)
    {
        var forwarder = context.RequestServices.GetRequiredService<IHttpForwarder>();
        await forwarder.SendAsync(context, target, _invoker, ForwarderRequestConfig.Empty, new Spoiler(this, fault));
    }

    private (Fault Fault, double Chance) Draw()
    {
        lock (_random)
        {
            var kinds = Enum.GetValues<Fault>();
            return (_random.NextDouble() < _share ? kinds[_random.Next(1, kinds.Length)] : Fault.None, _random.NextDouble());
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Endpoint();

    /// <summary>A commit of a part: the only block, or the list of its blocks.</summary>
    [GeneratedRegex(@"/embeddings/.*/part-\d+\.parquet$")]
    private static partial Regex Part();

    private sealed class Held(TaskCompletionSource open) : IDisposable
    {
        public void Dispose() => open.TrySetResult();
    }

    private sealed class Spoiler(FaultyProxy proxy, Fault fault) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);

            // Signatures cover the path and the query as they were sent.
            proxyRequest.RequestUri = new Uri(
                destinationPrefix + RawTarget(httpContext), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            if (proxyResponse is { StatusCode: HttpStatusCode.Created } && httpContext.Request.Query["comp"] != "block"
                && Part().IsMatch(httpContext.Request.Path))
            {
                proxy._parts.Enqueue(DateTime.UtcNow);
            }

            switch (fault)
            {
                case Fault.Unanswered:
                    httpContext.Abort();
                    return false;
                case Fault.Denied:
                    httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
                    return false;
                case Fault.CutOff when proxyResponse is not null:
                    await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
                    var body = await proxyResponse.Content.ReadAsByteArrayAsync(cancellationToken);
                    await httpContext.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), cancellationToken);
                    await httpContext.Response.Body.FlushAsync(cancellationToken);
                    httpContext.Abort();
                    return false;
                default:
                    return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            }
        }

        private static string RawTarget(HttpContext context) =>
            context.Features.Get<IHttpRequestFeature>()!.RawTarget;
    }
}
