namespace SimCse.Inference.Internals;

/// <summary>The recent time per text, as a moving mean over batches. Not thread-safe.</summary>
internal sealed class BatchRate
{
    /// <summary>The weight of the newest batch; about thirty batches count.</summary>
    private const double Newest = 1.0 / 16;

    private double _secondsPerText;

    public void Add(int texts, TimeSpan duration)
    {
        var seconds = duration.TotalSeconds / texts;
        _secondsPerText = _secondsPerText == 0 ? seconds : _secondsPerText + (Newest * (seconds - _secondsPerText));
    }

    /// <summary>The expected time for so many texts, at least a second.</summary>
    public TimeSpan TimeFor(int texts) => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(texts * _secondsPerText)));
}
