using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.State;

/// <summary>Every form in which a message can stand on a queue.</summary>
public sealed class MessageTextTests
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("", "")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    // Base64 of JSON: as Event Grid or an older SDK puts it there.
    [InlineData("eyJhIjoxfQ==", """{"a":1}""")]
    [InlineData("77u/eyJhIjoxfQ==", """{"a":1}""")]
    [InlineData("W3siYSI6MX1d", """[{"a":1}]""")]
    // Valid base64, but of no JSON: "test" is a word.
    [InlineData("test", "test")]
    [InlineData("/////w==", "/////w==")]
    public void Base64_is_read_where_it_holds_JSON(string message, string expected) => Assert.Equal(expected, MessageText.Decode(message));

    [Fact]
    public void A_message_that_starts_like_JSON_is_never_taken_for_base64()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 5_000; i++)
        {
            var text = "{" + Fuzz.Text(random, 60);
            Assert.Equal(text, MessageText.Decode(text));
        }
    }

    [Fact]
    public void Nothing_is_thrown_for_any_text()
    {
        var random = new Random(20261124);
        for (var i = 0; i < 30_000; i++)
        {
            Assert.NotNull(MessageText.Decode(Convert.ToBase64String(Fuzz.Damage(random, "{\"job\":\"日本語\"}"u8.ToArray()))));
        }
    }
}
