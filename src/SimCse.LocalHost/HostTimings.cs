namespace SimCse.LocalHost;

/// <summary>The intervals that the Functions host has built in. Tests shorten them; nobody else has a reason to.</summary>
public sealed record HostTimings
{
    /// <summary>How long a message is invisible to others while it runs; renewed at half that time. The service counts whole seconds.</summary>
    public TimeSpan MessageLease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The shortest wait after an empty queue; it grows at random up to host.json's <c>maxPollingInterval</c>.</summary>
    public TimeSpan MinimumPollingInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks whether the handler listens.</summary>
    public TimeSpan ReadinessPollInterval { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Three errors of the handler within this time stop the host.</summary>
    public TimeSpan HandlerErrorWindow { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long invocations may go on when the host stops, before their handlers are killed.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two listings of the container whose new blobs become events.</summary>
    public TimeSpan BlobScanInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
