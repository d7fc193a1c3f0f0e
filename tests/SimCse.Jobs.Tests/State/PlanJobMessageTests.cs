using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class PlanJobMessageTests
{
    private const string Event = """
        {"topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
         "subject": "/blobServices/default/containers/texts/blobs/news/2026 春.txt",
         "eventType": "Microsoft.Storage.BlobCreated", "id": "831e1650-001e-001b-66ab-eeb76e069631", "eventTime": "2026-06-26T18:41:00Z",
         "data": {"api": "PutBlob", "eTag": "0x8D4BCC2E4835CD0", "contentType": "text/plain", "contentLength": 524288, "blobType": "BlockBlob",
                  "url": "https://a.blob.core.windows.net/texts/news/2026%20%E6%98%A5.txt"},
         "dataVersion": "", "metadataVersion": "1"}
        """;

    [Fact]
    public void Our_own_message_names_source_options_and_submission()
    {
        var message = Parse("""{"source": "a.txt", "options": {"normalize": true, "dimensions": 64}, "submission": "0-a-Z"}""");
        Assert.Equal(
            new PlanJobMessage { Source = "a.txt", Options = new JobOptions { Normalize = true, Dimensions = 64 }, Submission = "0-a-Z" },
            message);
        Assert.True(message.Options!.IncludeText);
    }

    [Fact]
    public void An_Event_Grid_event_names_the_source_and_its_version() =>
        Assert.Equal(new PlanJobMessage { Source = "news/2026 春.txt", ETag = "0x8D4BCC2E4835CD0" }, Parse(Event));

    [Fact]
    public void Event_Grid_may_send_an_array_of_one() => Assert.Equal(Parse(Event), Parse($"[{Event}]"));

    [Fact]
    public void A_CloudEvent_is_understood_too() =>
        Assert.Equal(
            new PlanJobMessage { Source = "a.txt", ETag = "0x1" },
            Parse("""
                {"specversion": "1.0", "type": "Microsoft.Storage.BlobCreated", "source": "/subscriptions/s", "id": "1",
                 "subject": "/blobServices/default/containers/texts/blobs/a.txt", "data": {"eTag": "0x1"}}
                """));

    [Fact]
    public void Messages_may_be_base64() =>
        Assert.Equal(Parse(Event), Parse(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Event))));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_submission_has_one_to_sixty_four_characters(int length, bool valid) =>
        Assert.Equal(
            valid, PlanJobMessage.TryParse($$"""{"source": "a.txt", "submission": "{{new string('a', length)}}"}""", out _, out _));

    [Theory]
    [InlineData("", "not the JSON that was expected")]
    [InlineData("hello", "not the JSON that was expected")]
    [InlineData("aGVsbG8=", "not the JSON that was expected")]
    [InlineData("5", "is a JSON number")]
    [InlineData("[1, 2]", "is a JSON array")]
    [InlineData("[]", "is a JSON array")]
    [InlineData("{}", "names no source")]
    [InlineData("""{"source": ""}""", "names no source")]
    [InlineData("""{"source": null}""", "names no source")]
    [InlineData("""{"source": 5}""", "not the JSON that was expected")]
    [InlineData("""{"source": "a.txt", "options": {"dimensions": "many"}}""", "not the JSON that was expected")]
    [InlineData("""{"source": "a.txt", "submission": "../../job"}""", "submission is '../../job'")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobDeleted", "subject": "x", "data": {}}""", "The event is a Microsoft.Storage.BlobDeleted")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/other/blobs/a.txt", "data": {"eTag": "1"}}""", "containers/other")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated", "data": {}}""", "not the JSON that was expected")]
    [InlineData("""{"eventType": 5, "subject": ""}""", "not the JSON that was expected")]
    public void What_is_not_ours_is_refused_with_what_was_found(string text, string found)
    {
        Assert.False(PlanJobMessage.TryParse(text, out _, out var problem));
        Assert.Contains(found, problem, StringComparison.Ordinal);
    }

    private static PlanJobMessage Parse(string text) =>
        PlanJobMessage.TryParse(text, out var message, out var problem) ? message : throw new FormatException(problem);
}
