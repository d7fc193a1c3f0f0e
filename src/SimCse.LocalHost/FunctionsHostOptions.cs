using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SimCse.LocalHost;

/// <summary>What <see cref="FunctionsHost"/> runs and how.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The folder of the published app: host.json, worker.config.json, the worker.</summary>
    public required string AppRoot { get; init; }

    /// <summary>
    /// App settings; they become the worker's environment. <c>AzureWebJobsStorage</c> must be a connection string, here or in this
    /// process's environment. <c>AzureFunctionsJobHost__…</c> overrides host.json, <c>AzureWebJobs.NAME.Disabled</c> switches a function
    /// off.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// How many instances of the app run side by side, as when Azure has scaled out: each has a worker and listeners of its own.
    /// </summary>
    public int Instances { get; init; } = 1;

    /// <summary>The port on loopback of the HTTP functions; 0 lets the system choose a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The key that HTTP functions ask for, but for those of <c>authLevel</c> anonymous, in the header <c>x-functions-key</c> or the query
    /// parameter
    /// <c>code</c>; <see langword="null"/> asks for none, which only loopback makes bearable.
    /// </summary>
    public string? FunctionKey { get; init; }

    /// <summary>
    /// Whether new blobs in <see cref="BlobContainer"/> are announced on <see cref="BlobEventQueue"/>, as Event Grid does in Azure.
    /// </summary>
    public bool BlobEvents { get; init; } = true;

    public string BlobContainer { get; init; } = "texts";

    public string BlobEventQueue { get; init; } = "plan";

    /// <summary>Gets the name of each blob whose event was sent, from the task that looks for them: it must not wait.</summary>
    public Action<string>? OnBlobNoticed { get; init; }

    public HostTimings Timings { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Without it the host has no queue listeners, timers, warmup or blob events: HTTP and its own InvokeAsync only.</summary>
    internal bool Listen { get; init; } = true;

    /// <summary>
    /// Starts a worker inside this process instead of one of its own, with these arguments; the task may end when it has started or when it
    /// has ended. The token ends with the host. Nobody restarts it, and this process's environment is its own:
    /// FUNCTIONS_APPLICATION_DIRECTORY must name the app's folder there. The worker chooses its HTTP port once for a process, so that one
    /// after the other can run, but not two at a time.
    /// </summary>
    internal Func<IReadOnlyList<string>, CancellationToken, Task>? StartWorker { get; init; }

    /// <summary>The last word on the services of the WebJobs SDK that listens to queues.</summary>
    internal Action<IServiceCollection>? ConfigureQueues { get; init; }
}
