namespace SimCse.LocalHost;

/// <summary>The intervals that the Functions host has built in. Tests shorten them; nobody else has a reason to.</summary>
public sealed record HostTimings
{
    /// <summary>How long a worker may take until it opens its stream, and as long again until it has loaded its functions.</summary>
    public TimeSpan WorkerStartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Three errors of a worker within this time stop the host.</summary>
    public TimeSpan WorkerErrorWindow { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long a function may go on once it is cancelled: at its time-out, before its worker is killed, and at the end of a drain.
    /// </summary>
    public TimeSpan CancellationGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long invocations may go on when the host stops, before they are cancelled.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker may take to end when it is told to, before it is killed.</summary>
    public TimeSpan TerminationGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two listings of the container whose new blobs become events.</summary>
    public TimeSpan BlobScanInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
