namespace SimCse.LocalHost;

/// <summary><c>extensions.queues</c> of host.json with the storage extension's defaults and limits.</summary>
internal sealed class QueuesSection
{
    public int BatchSize { get; init; } = 16;

    /// <summary>The next batch is fetched when no more than this many messages run; half a batch a core by default.</summary>
    public int? NewBatchThreshold { get; init; }

    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>How long a failed message stays invisible before the next try; not the lease while it runs.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    public MessageEncoding MessageEncoding { get; init; } = MessageEncoding.Base64;

    public int EffectiveNewBatchThreshold => NewBatchThreshold ?? BatchSize / 2 * Environment.ProcessorCount;

    /// <exception cref="LocalHostException">A value is out of range.</exception>
    public void Check()
    {
        Require(BatchSize is >= 1 and <= 32, nameof(BatchSize), BatchSize, "1 to 32");
        Require(NewBatchThreshold is null or >= 0, nameof(NewBatchThreshold), NewBatchThreshold, "0 or more");
        Require(MaxPollingInterval >= TimeSpan.FromMilliseconds(100), nameof(MaxPollingInterval), MaxPollingInterval, "00:00:00.100 or more");
        Require(MaxDequeueCount >= 1, nameof(MaxDequeueCount), MaxDequeueCount, "1 or more");
        Require(VisibilityTimeout >= TimeSpan.Zero, nameof(VisibilityTimeout), VisibilityTimeout, "00:00:00 or more");
    }

    private static void Require(bool holds, string name, object? found, string expected)
    {
        if (!holds)
        {
            var key = char.ToLowerInvariant(name[0]) + name[1..];
            throw new LocalHostException($"host.json: extensions.queues.{key} is {found}; the Functions host accepts {expected}.");
        }
    }
}
