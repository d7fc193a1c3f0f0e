namespace SimCse.LocalHost.Worker;

/// <summary>Counts a worker's errors, of which the third within the window stops the host. Not thread-safe.</summary>
internal sealed class WorkerErrors(TimeSpan window, TimeProvider timeProvider)
{
    public const int Threshold = 3;

    private readonly Queue<DateTimeOffset> _times = new();

    /// <summary>Records an error that has just occurred, and tells whether the host must stop.</summary>
    public bool AddAndTellWhetherToStop()
    {
        var now = timeProvider.GetUtcNow();
        while (_times.TryPeek(out var oldest) && now - oldest > window)
        {
            _times.Dequeue();
        }

        _times.Enqueue(now);
        return _times.Count >= Threshold;
    }
}
