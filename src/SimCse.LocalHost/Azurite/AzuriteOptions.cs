using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SimCse.LocalHost.Azurite;

/// <summary>How <see cref="AzuriteServer"/> runs. The defaults suit a test: in memory, free ports.</summary>
public sealed record AzuriteOptions
{
    /// <summary>
    /// Where blobs and messages are kept between runs (made when absent); null keeps them in memory until the server stops.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>Port of the blob service; 0 lets the system choose a free one.</summary>
    public int BlobPort { get; init; }

    /// <summary>Port of the queue service; 0 lets the system choose a free one.</summary>
    public int QueuePort { get; init; }

    /// <summary>
    /// Where Azurite is installed, shared by everything the user runs; null is <c>simcse</c> in the user's local application data.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Name or path of the Node.js program.</summary>
    public string Node { get; init; } = "node";

    /// <summary>Name or path of the npm program.</summary>
    public string Npm { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>How long the installed server may take until it answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
