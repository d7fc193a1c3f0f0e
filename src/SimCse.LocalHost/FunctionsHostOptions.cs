using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.LocalHost.Http;

namespace SimCse.LocalHost;

/// <summary>The options of a <see cref="FunctionsHost"/>.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The folder of the published app, with host.json, worker.config.json and the worker.</summary>
    public required string AppRoot { get; init; }

    /// <summary>
    /// App settings, which become part of the worker's environment. <c>AzureWebJobsStorage</c> must be a connection string, here or in this
    /// process's environment. <c>AzureFunctionsJobHost__…</c> overrides host.json, <c>AzureWebJobs.NAME.Disabled</c> disables a function.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The number of instances of the app, as after scaling out in Azure. Each has its own worker and listeners.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>The loopback port of the HTTP functions; 0 lets the system choose a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The key that HTTP functions require in the header <c>x-functions-key</c> or the query parameter <c>code</c>, unless their
    /// <c>authLevel</c> is anonymous. <see langword="null"/> requires no key, which is acceptable only because the host listens on
    /// loopback.
    /// </summary>
    public string? FunctionKey { get; init; }

    /// <summary>
    /// The origins whose web pages may send requests and read the answers (CORS), such as <c>http://localhost:3000</c>; none by default.
    /// Requests of other pages are refused.
    /// </summary>
    /// <exception cref="LocalHostException">One of them is no origin.</exception>
    public IReadOnlyList<string> AllowedOrigins { get; init => field = [.. value.Select(WebPages.Origin)]; } = [];

    /// <summary>
    /// Whether new blobs in <see cref="BlobContainer"/> are announced on <see cref="BlobEventQueue"/>, as Event Grid does in Azure.
    /// </summary>
    public bool BlobEvents { get; init; } = true;

    public string BlobContainer { get; init; } = "texts";

    public string BlobEventQueue { get; init; } = "plan";

    /// <summary>Gets the name of each blob whose event was sent. It runs in the task that looks for blobs, so it must not block.</summary>
    public Action<string>? OnBlobNoticed { get; init; }

    public HostTimings Timings { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>If false, there are no queue listeners, timers, warmup or blob events; only HTTP and InvokeAsync work.</summary>
    internal bool Listen { get; init; } = true;

    /// <summary>
    /// Starts a worker inside this process, with these arguments, instead of in a process of its own. The task may end when the worker has
    /// started or when it has ended. The token is cancelled when the host ends. The worker is not restarted, and its environment is this
    /// process's: FUNCTIONS_APPLICATION_DIRECTORY must name the app's folder there. A process chooses its worker's HTTP port only once, so
    /// two workers can run one after the other but not at the same time.
    /// </summary>
    internal Func<IReadOnlyList<string>, CancellationToken, Task>? StartWorker { get; init; }

    /// <summary>Makes final changes to the services of the WebJobs SDK that listens to queues.</summary>
    internal Action<IServiceCollection>? ConfigureQueues { get; init; }
}
