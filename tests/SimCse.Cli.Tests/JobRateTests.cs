using Microsoft.Extensions.Time.Testing;
using SimCse.Cli.Progress;

namespace SimCse.Cli.Tests;

public sealed class JobRateTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Counts_from_the_first_look_and_says_what_is_left()
    {
        var rate = new JobRate(_time);
        rate.Add(1_000); // done before anyone looked
        Assert.Null(rate.TextsPerSecond);
        Assert.Null(rate.TimeLeft(5_000));
        _time.Advance(TimeSpan.FromSeconds(10));
        rate.Add(3_000);
        Assert.Equal(200, rate.TextsPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(10), rate.TimeLeft(5_000));
    }

    [Fact]
    public void Nothing_is_left_at_the_end()
    {
        var rate = new JobRate(_time);
        rate.Add(0);
        _time.Advance(TimeSpan.FromSeconds(1));
        rate.Add(10);
        Assert.Equal(TimeSpan.Zero, rate.TimeLeft(10));
    }
}
