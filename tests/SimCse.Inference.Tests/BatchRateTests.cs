using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

public sealed class BatchRateTests
{
    private readonly BatchRate _rate = new();

    [Fact]
    public void Knows_nothing_before_the_second_batch_for_the_first_one_is_cold()
    {
        _rate.Add(tokens: 10, TimeSpan.FromSeconds(100));
        Assert.Equal(TimeSpan.Zero, _rate.TimeFor(1_000));

        _rate.Add(tokens: 4, TimeSpan.FromSeconds(2));

        Assert.Equal([0, 1, 1.5, 50], new[] { 0, 2, 3, 100 }.Select(tokens => _rate.TimeFor(tokens).TotalSeconds));
    }

    [Fact]
    public void Weighs_batches_by_their_ids_and_forgets_the_old_ones_little_by_little()
    {
        _rate.Add(tokens: 1, TimeSpan.Zero);
        _rate.Add(tokens: 16, TimeSpan.FromSeconds(160));
        _rate.Add(tokens: 35, TimeSpan.Zero);
        Assert.Equal(3, _rate.TimeFor(1).TotalSeconds, 1e-6); // 150 s for 15 ids and none for 35

        for (var i = 0; i < 500; i++)
        {
            _rate.Add(tokens: 10, TimeSpan.FromSeconds(20));
        }

        Assert.Equal(2_000, _rate.TimeFor(1_000).TotalSeconds, 1.0);
    }
}
