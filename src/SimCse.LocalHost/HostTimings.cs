namespace SimCse.LocalHost;

/// <summary>The intervals that are built into the Functions host. Only tests have a reason to change them.</summary>
public sealed record HostTimings
{
    /// <summary>The time that a worker may take to open its stream, and again to load its functions.</summary>
    public TimeSpan WorkerStartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Three errors of a worker within this time stop the host.</summary>
    public TimeSpan WorkerErrorWindow { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The time that a cancelled function may go on: at its time-out until its worker is killed, and at the end of a drain.
    /// </summary>
    public TimeSpan CancellationGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The time that invocations may go on when the host stops, before they are cancelled.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time that a worker may take to end when told to, before it is killed.</summary>
    public TimeSpan TerminationGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time that a client may take before it must send and read at a pace. Apps allow five seconds; this host allows less, so that it
    /// notices the client before the app breaks the connection.
    /// </summary>
    public TimeSpan SlowClientGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The time between two listings of the container whose new blobs become events.</summary>
    public TimeSpan BlobScanInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
