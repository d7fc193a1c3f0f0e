using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SimCse.LocalHost.Azurite;

/// <summary>Options of an <see cref="AzuriteServer"/>. The defaults suit tests: data in memory, free ports.</summary>
public sealed record AzuriteOptions
{
    /// <summary>
    /// The folder that keeps blobs and messages between runs, made if necessary; null keeps them in memory until the server stops.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>The port of the blob service; 0 lets the system choose a free one.</summary>
    public int BlobPort { get; init; }

    /// <summary>The port of the queue service; 0 lets the system choose a free one.</summary>
    public int QueuePort { get; init; }

    /// <summary>
    /// The folder where Azurite is installed for all of a user's programs; null is <c>simcse</c> in the user's local application data.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>The name or path of the Node.js program.</summary>
    public string Node { get; init; } = "node";

    /// <summary>The name or path of the npm program.</summary>
    public string Npm { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>The time that the installed server may take until it answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
