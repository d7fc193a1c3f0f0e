using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class EncodeShardMessageTests
{
    private const string Job = "abcdefghijklmnopqr23";

    [Theory]
    [InlineData($$"""{"job": "{{Job}}", "shard": 12}""")]
    [InlineData($$"""{"job": "{{Job}}", "shard": 12, "later": [true]}""")]
    public void A_message_names_job_and_shard(string text)
    {
        Assert.True(EncodeShardMessage.TryParse(text, out var message, out _));
        Assert.Equal(new EncodeShardMessage(Job, 12), message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData($$"""{"job": "{{Job}}", "shard": -1}""")]
    [InlineData($$"""{"job": "{{Job}}", "shard": 99999999999}""")]
    [InlineData("""{"job": "../escape", "shard": 1}""")]
    [InlineData("""{"job": "ABCDEFGHIJKLMNOPQR23", "shard": 1}""")]
    public void What_is_not_ours_is_refused(string text)
    {
        Assert.False(EncodeShardMessage.TryParse(text, out _, out var problem));
        Assert.Contains("expected {\"job\": id, \"shard\": number}", problem, StringComparison.Ordinal);
    }
}
