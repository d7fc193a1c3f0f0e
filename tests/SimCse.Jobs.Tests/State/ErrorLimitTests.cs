using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class ErrorLimitTests
{
    [Theory]
    [InlineData(null, 0, 3, true)]
    [InlineData(null, 2, 3, true)]
    [InlineData(null, 3, 3, false)]
    [InlineData(null, 0, 0, true)]
    [InlineData("0", 0, 3, true)]
    [InlineData("0", 1, 3, false)]
    [InlineData("2", 2, 3, true)]
    [InlineData("10", 3, 3, false)] // none of its lines could be encoded, and only 100% accepts that
    [InlineData("100%", 3, 3, true)]
    [InlineData("100.0%", 3, 3, true)]
    [InlineData("99.9%", 3, 3, false)]
    [InlineData("0%", 1, 1_000_000, false)]
    [InlineData("0.1%", 1_000, 1_000_000, true)]
    [InlineData("0.1%", 1_001, 1_000_000, false)]
    public void A_limit_is_a_number_or_a_share(string? limit, long errors, long texts, bool allows)
    {
        ErrorLimit? chosen = limit is not null && ErrorLimit.TryParse(limit, out var read) ? read : null;
        Assert.Equal(limit is null, chosen is null);
        Assert.Equal(allows, ErrorLimit.Allows(chosen, errors, texts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("101%")]
    [InlineData("5 %")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_no_limit(string text) => Assert.False(ErrorLimit.TryParse(text, out _));

    [Fact]
    public void Equal_limits_are_equal_however_they_are_written()
    {
        Assert.True(ErrorLimit.TryParse("5%", out var five));
        Assert.True(ErrorLimit.TryParse("5.00%", out var same));
        Assert.True(ErrorLimit.TryParse("5", out var lines));
        Assert.Equal((five, "5%"), (same, same.ToString()));
        Assert.NotEqual(five, lines);
    }

    /// <summary>The limit decides whether a job has failed, and not what it writes: nothing is encoded twice because of it.</summary>
    [Fact]
    public void A_limit_makes_no_other_job()
    {
        Assert.True(ErrorLimit.TryParse("5%", out var five));
        Assert.Equal(
            JobId.Compute("a.txt", "1", "f", new JobOptions()), JobId.Compute("a.txt", "1", "f", new JobOptions { MaxErrors = five }));
    }
}
