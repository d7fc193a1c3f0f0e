namespace SimCse.LocalHost.Tests;

public sealed class PollingBackoffTests
{
    private static readonly TimeSpan Minimum = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Waits_grow_by_powers_of_two_within_a_fifth_up_to_the_maximum(int seed)
    {
        var backoff = new PollingBackoff(Minimum, TimeSpan.FromSeconds(2), new Random(seed));

        var waits = Enumerable.Range(0, 9).Select(_ => backoff.Next().TotalMilliseconds).ToArray();

        Assert.Equal(100, waits[0]);
        for (var index = 1; index < 5; index++)
        {
            var increment = 100 * Math.Pow(2, index - 1);
            Assert.InRange(waits[index], 100 + (0.8 * increment), 100 + (1.2 * increment));
        }

        Assert.Equal(2000, waits[7]);
        Assert.Equal(2000, waits[8]);
    }

    [Fact]
    public void Starts_again_from_the_minimum_when_something_was_found()
    {
        var backoff = new PollingBackoff(Minimum, TimeSpan.FromMinutes(1), new Random(1));
        for (var count = 0; count < 5; count++)
        {
            backoff.Next();
        }

        backoff.Reset();

        Assert.Equal(Minimum, backoff.Next());
    }
}
