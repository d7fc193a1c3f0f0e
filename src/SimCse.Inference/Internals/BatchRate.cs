namespace SimCse.Inference.Internals;

/// <summary>How long a text has taken lately: a moving mean over batches. Not thread-safe.</summary>
internal sealed class BatchRate
{
    /// <summary>Weight of the newest batch: some thirty of them count.</summary>
    private const double Newest = 1.0 / 16;

    private double _secondsPerText;

    public void Add(int texts, TimeSpan duration)
    {
        var seconds = duration.TotalSeconds / texts;
        _secondsPerText = _secondsPerText == 0 ? seconds : _secondsPerText + (Newest * (seconds - _secondsPerText));
    }

    /// <summary>What so many texts will take, a second at least.</summary>
    public TimeSpan TimeFor(int texts) => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(texts * _secondsPerText)));
}
