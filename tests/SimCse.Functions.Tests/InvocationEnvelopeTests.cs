using System.Text;

namespace SimCse.Functions.Tests;

/// <summary>Every form in which a queue message can arrive, from the host's source and from Microsoft's pages.</summary>
public sealed class InvocationEnvelopeTests
{
    [Theory]
    // As the host's source and tests have it: encoded twice.
    [InlineData("""{"Data":{"message":"\"hello\""},"Metadata":{}}""", "hello")]
    [InlineData("""{"Data":{"message":"\"{\\\"a\\\":1}\""},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":"\"[1,2]\""},"Metadata":{}}""", "[1,2]")]
    [InlineData("""{"Data":{"message":"\"42\""},"Metadata":{}}""", "42")]
    [InlineData("""{"Data":{"message":"\"\""},"Metadata":{}}""", "")]
    [InlineData("""{"Data":{"message":"\"\\\"quoted\\\"\""},"Metadata":{}}""", "\"quoted\"")]
    [InlineData("""{"Data":{"message":"\"{\\\"source\\\":\\\"日本語.txt\\\"}\""},"Metadata":{}}""", """{"source":"日本語.txt"}""")]
    [InlineData("""{"Data":{"message":"\"a\\nb\""},"Metadata":{}}""", "a\nb")]
    // As Microsoft's pages show it: encoded once.
    [InlineData("""{"Data":{"message":"hello"},"Metadata":{}}""", "hello")]
    [InlineData("""{"Data":{"message":"{\"a\":1}"},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":"42"},"Metadata":{}}""", "42")]
    [InlineData("""{"Data":{"message":""},"Metadata":{}}""", "")]
    [InlineData("""{"Data":{"message":"\"half"},"Metadata":{}}""", "\"half")]
    // As an object, which other hosts send.
    [InlineData("""{"Data":{"message":{"a":1}},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":[{"a":1}]},"Metadata":{}}""", """[{"a":1}]""")]
    [InlineData("""{"Data":{"message":7},"Metadata":{}}""", "7")]
    // Base64 of JSON: the message as Event Grid or an older SDK puts it on the queue, or dataType binary.
    [InlineData("""{"Data":{"message":"\"eyJhIjoxfQ==\""},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":"eyJhIjoxfQ=="},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":"\"77u/eyJhIjoxfQ==\""},"Metadata":{}}""", """{"a":1}""")]
    [InlineData("""{"Data":{"message":"\"W3siYSI6MX1d\""},"Metadata":{}}""", """[{"a":1}]""")]
    // Valid base64, but of no JSON: "test" is a word.
    [InlineData("""{"Data":{"message":"\"test\""},"Metadata":{}}""", "test")]
    [InlineData("""{"Data":{"message":"\"/////w==\""},"Metadata":{}}""", "/////w==")]
    // No Metadata, or none that can be read; names in another case.
    [InlineData("""{"Data":{"message":"\"hello\""}}""", "hello")]
    [InlineData("""{"Data":{"message":"\"hello\""},"Metadata":null}""", "hello")]
    [InlineData("""{"data":{"Message":"\"hello\""},"metadata":7}""", "hello")]
    public void The_message_is_read_in_every_form(string envelope, string expected) => Assert.Equal(expected, Read(envelope).Text);

    [Theory]
    [InlineData("""{"InsertionTime":"2026-01-01T00:00:05+00:00"}""")]
    [InlineData("""{"InsertionTime":"2026-01-01T00:00:05Z"}""")]
    [InlineData("""{"InsertionTime":"2026-01-01T09:00:05+09:00"}""")]
    [InlineData("""{"InsertionTime":"2026-01-01T00:00:05"}""")]
    [InlineData("""{"InsertionTime":"\"2026-01-01T00:00:05+00:00\""}""")]
    public void The_time_on_the_queue_comes_from_metadata(string metadata) => Assert.Equal(
        new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero), Read($$"""{"Data":{"message":"\"x\""},"Metadata":{{metadata}}}""").InsertedOn);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"InsertionTime":null}""")]
    [InlineData("""{"InsertionTime":"soon"}""")]
    [InlineData("""{"InsertionTime":{"a":1}}""")]
    [InlineData("""{"InsertionTime":5}""")]
    public void A_time_that_is_missing_or_none_is_not_an_error(string metadata) =>
        Assert.Null(Read($$"""{"Data":{"message":"\"x\""},"Metadata":{{metadata}}}""").InsertedOn);

    [Fact]
    public void A_whole_envelope_of_the_host_is_read()
    {
        var invocation = Read("""
            {"Data":{"message":"\"{\\\"job\\\":\\\"j1\\\",\\\"shard\\\":3}\""},
             "Metadata":{"DequeueCount":"1","Id":"\"6c0e\"","PopReceipt":"\"AgAAAA\"",
              "ExpirationTime":"2026-01-08T00:00:00+00:00","InsertionTime":"2026-01-01T00:00:00+00:00","NextVisibleTime":"2026-01-01T00:10:00+00:00",
              "job":"\"j1\"","shard":"\"3\"",
              "sys":{"MethodName":"EncodeShard","UtcNow":"2026-01-01T00:00:00Z","RandGuid":"0"}}}
            """);

        Assert.Equal("""{"job":"j1","shard":3}""", invocation.Text);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), invocation.InsertedOn);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("not json", "is not JSON")]
    [InlineData("""{"Data":{"message":"x"}""", "is not JSON")]
    [InlineData("[]", "is an array")]
    [InlineData("null", "is null")]
    [InlineData("{}", "has nothing as \"Data\"")]
    [InlineData("""{"Data":null}""", "has null as \"Data\"")]
    [InlineData("""{"Data":"x"}""", "has a string as \"Data\"")]
    [InlineData("""{"Data":{}}""", "holds nothing")]
    [InlineData("""{"Data":{"msg":"x"}}""", "holds \"msg\"")]
    [InlineData("""{"Data":{"message":null}}""", "expected the binding \"message\"")]
    [InlineData("""{"Data":{"message":"\ud800"}}""", "is not text")]
    public void What_is_no_envelope_is_refused_with_what_was_found(string envelope, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvocationEnvelopeException>(() => Read(envelope)).Message);

    [Fact]
    public void Any_text_comes_out_as_it_was_put_on_the_queue()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 5_000; i++)
        {
            // A message that starts like JSON is never taken for base64.
            var text = "{" + Fuzz.Text(random, 60);
            Assert.Equal(text, Read(HostEnvelope.Queue(text)).Text);
        }
    }

    [Fact]
    public void Damaged_envelopes_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(20261124);
        string[] golden =
        [
            HostEnvelope.Queue("""{"job":"abc","shard":3}"""), HostEnvelope.Queue("日本語\ud83d\ude00"),
            """{"Data":{"message":"\"eyJhIjoxfQ==\""},"Metadata":{"InsertionTime":"2026-01-01T00:00:00Z"}}""",
            """{"Data":{"message":"\"\\ud83d\\ude00\""},"Metadata":{}}""",
        ];
        var (read, refused) = (0, 0);
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = Fuzz.Damage(random, Encoding.UTF8.GetBytes(golden[i % golden.Length]));
            try
            {
                Assert.NotNull(InvocationEnvelope.ReadQueueMessage(bytes, "message").Text);
                read++;
            }
            catch (InvocationEnvelopeException)
            {
                refused++;
            }
        }

        Assert.True(read > 1_000 && refused > 1_000, $"{read} read, {refused} refused: the damage is too little or too much to test anything.");
    }

    private static QueueInvocation Read(string envelope) => InvocationEnvelope.ReadQueueMessage(Encoding.UTF8.GetBytes(envelope), "message");
}
