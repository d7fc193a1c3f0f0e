using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

public sealed class BatchRateTests
{
    private readonly BatchRate _rate = new();

    [Fact]
    public void Says_a_second_at_least_and_whole_seconds_upwards()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), _rate.TimeFor(1_000)); // nothing was run yet

        _rate.Add(texts: 4, TimeSpan.FromSeconds(2));

        Assert.Equal([1, 1, 2, 50], new[] { 0, 2, 3, 100 }.Select(texts => _rate.TimeFor(texts).TotalSeconds));
    }

    [Fact]
    public void Follows_the_newest_batches_and_forgets_the_old_ones_little_by_little()
    {
        _rate.Add(texts: 1, TimeSpan.FromSeconds(16));
        _rate.Add(texts: 10, TimeSpan.Zero);
        Assert.Equal(15, _rate.TimeFor(1).TotalSeconds); // a sixteenth of the way

        for (var i = 0; i < 500; i++)
        {
            _rate.Add(texts: 10, TimeSpan.FromSeconds(20));
        }

        Assert.Equal(2_000, _rate.TimeFor(1_000).TotalSeconds, 1.0);
    }
}
