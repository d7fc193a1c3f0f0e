namespace SimCse.Cli.Progress;

/// <summary>The texts per second since work was first seen, and the time left at that rate. Not thread-safe.</summary>
internal sealed class JobRate(TimeProvider time)
{
    private (long At, long Texts)? _first;
    private (long At, long Texts) _last;

    /// <param name="texts">The number of texts that are done so far.</param>
    public void Add(long texts)
    {
        _first ??= (time.GetTimestamp(), texts);
        _last = (time.GetTimestamp(), texts);
    }

    /// <summary>The rate, or <see langword="null"/> until a text is done.</summary>
    public double? TextsPerSecond =>
        _first is { } first && _last.Texts > first.Texts && time.GetElapsedTime(first.At, _last.At) is { TotalSeconds: > 0 } elapsed
            ? (_last.Texts - first.Texts) / elapsed.TotalSeconds
            : null;

    /// <param name="total">The number of texts of the job.</param>
    public TimeSpan? TimeLeft(long total) =>
        TextsPerSecond is { } rate ? TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, total - _last.Texts) / rate)) : null;
}
