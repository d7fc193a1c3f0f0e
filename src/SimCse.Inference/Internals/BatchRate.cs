namespace SimCse.Inference.Internals;

/// <summary>The recent time per id, over about sixteen batches. Not thread-safe.</summary>
internal sealed class BatchRate
{
    /// <summary>The weight that a batch keeps when the next one comes.</summary>
    private const double Kept = 15.0 / 16;

    private double _tokens;
    private double _seconds;
    private bool _isWarm;

    /// <summary>Counts a batch; not the first one, which also loads and compiles what a run needs.</summary>
    public void Add(int tokens, TimeSpan duration)
    {
        if (_isWarm)
        {
            _tokens = (Kept * _tokens) + tokens;
            _seconds = (Kept * _seconds) + duration.TotalSeconds;
        }

        _isWarm = true;
    }

    /// <summary>The expected time of one lane for so many ids; zero until a batch was counted.</summary>
    public TimeSpan TimeFor(long tokens) => _tokens == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(tokens * (_seconds / _tokens));
}
