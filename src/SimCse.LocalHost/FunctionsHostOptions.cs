using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SimCse.LocalHost;

/// <summary>What <see cref="FunctionsHost"/> runs and how.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The folder of the published app: host.json, one folder with function.json per function, the handler.</summary>
    public required string AppRoot { get; init; }

    /// <summary>
    /// App settings; they become the handler's environment. <c>AzureWebJobsStorage</c> must be a connection string, here or in this process's
    /// environment. <c>AzureFunctionsJobHost__…</c> overrides host.json, <c>AzureWebJobs.NAME.Disabled</c> switches a function off.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How many instances of the app run side by side, as when Azure has scaled out: each has a handler and listeners of its own.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>The port on loopback of the HTTP functions; 0 lets the system choose a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The key that HTTP functions ask for, but for those of <c>authLevel</c> anonymous, in the header <c>x-functions-key</c> or the query parameter
    /// <c>code</c>; <see langword="null"/> asks for none, which only loopback makes bearable.
    /// </summary>
    public string? FunctionKey { get; init; }

    /// <summary>Whether new blobs in <see cref="BlobContainer"/> are announced on <see cref="BlobEventQueue"/>, as Event Grid does in Azure.</summary>
    public bool BlobEvents { get; init; } = true;

    public string BlobContainer { get; init; } = "texts";

    public string BlobEventQueue { get; init; } = "plan";

    public HostTimings Timings { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
