using SimCse.Jobs.Parts;
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
        Assert.Equal(("a.txt", "0-a-Z", (UnreadRequest?)null), (message.Source, message.Submission, message.Unread));
        Assert.Equal(new JobOptions { Normalize = true, Dimensions = 64 }, JobOptions.Read(message.Options!.Value, new JobOptions()));
    }

    [Fact]
    public void An_Event_Grid_event_names_the_source_and_its_version() =>
        Assert.Equal(new PlanJobMessage { Source = "news/2026 春.txt", ETag = "0x8D4BCC2E4835CD0", IsEvent = true }, Parse(Event));

    [Theory]
    [InlineData("CreateFile", 0, true)]
    [InlineData("CreateFile", 1, false)]
    [InlineData("FlushWithClose", 0, false)]
    [InlineData("FlushWithClose", 9, false)]
    [InlineData("SftpCreate", 0, true)]
    [InlineData("SftpWrite", 9, true)]
    [InlineData("SftpCommit", 0, false)]
    [InlineData("PutBlob", 0, false)]
    public void The_event_of_an_upload_that_has_only_begun_is_known(string api, int bytes, bool unfinished) => Assert.Equal(
        unfinished,
        Parse(Event.Replace("\"PutBlob\"", $"\"{api}\"", StringComparison.Ordinal)
            .Replace("524288", $"{bytes}", StringComparison.Ordinal)).IsUnfinished);

    [Fact]
    public void Event_Grid_may_send_an_array_of_one() => Assert.Equal(Parse(Event), Parse($"[{Event}]"));

    [Fact]
    public void A_CloudEvent_is_understood_too() =>
        Assert.Equal(
            new PlanJobMessage { Source = "a.txt", ETag = "0x1", IsEvent = true },
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
    [InlineData("5", "is a number")]
    [InlineData("[1, 2]", "is an array")]
    [InlineData("[]", "is an array")]
    [InlineData("{}", "names no source")]
    [InlineData("""{"source": ""}""", "names no source")]
    [InlineData("""{"source": null}""", "names no source")]
    [InlineData("""{"source": 5}""", "not the JSON that was expected")]
    [InlineData("""{"sources": "a.txt"}""", "did you mean \"source\"?")]
    [InlineData("""{"source": "a.txt", "source": "b.txt"}""", "holds \"source\" twice")]
    [InlineData("""{"source": "a.txt", "Source": "b.txt"}""", "holds \"Source\" twice")]
    [InlineData("""{"source": "a\ud800.txt"}""", "not the JSON that was expected")]
    [InlineData("""{"source": "a.txt", "\udc00": 1}""", "half a surrogate pair")]
    [InlineData("""{"source": "a.txt", "submission": "../../job"}""", "submission is '../../job'")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobRenamed", "subject": "x", "data": {}}""", "The event is a Microsoft.Storage.BlobRenamed")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/other/blobs/a.txt", "data": {"eTag": "1"}}""", "containers/other")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated", "data": {}}""", "not the JSON that was expected")]
    [InlineData("""{"eventType": 5, "subject": ""}""", "not the JSON that was expected")]
    public void What_is_not_ours_is_refused_with_what_was_found(string text, string found)
    {
        Assert.False(PlanJobMessage.TryParse(text, out _, out var problem));
        Assert.Contains(found, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"source": "a.txt", "options": {"dimensions": "many"}}""", "\"dimensions\" is a string; expected an integer")]
    [InlineData("""{"source": "a.txt", "options": {"dimensions": 1.5}}""", "\"dimensions\" is 1.5; expected an integer")]
    [InlineData("""{"source": "a.txt", "options": {"includeText": null}}""", "\"includeText\" is null; expected true or false")]
    [InlineData("""{"source": "a.txt", "options": {"include_text": false}}""", "\"include_text\", which is none; did you mean \"includeText\"?")]
    [InlineData("""{"source": "a.txt", "options": {"normalise": true}}""", "did you mean \"normalize\"?")]
    [InlineData("""{"source": "a.txt", "options": {"dim": 8}}""", "expected \"normalize\" or \"dimensions\" or \"includeText\" or")]
    [InlineData("""{"source": "a.txt", "options": {"maxErrors": "many"}}""", "\"maxErrors\" is \"many\"; expected a number of lines")]
    [InlineData("""{"source": "a.txt", "options": {"maxErrors": -1}}""", "\"maxErrors\" is -1; expected a number of lines")]
    [InlineData("""{"source": "a.txt", "options": {"maxErrors": true}}""", "\"maxErrors\" is a boolean; expected a number of lines")]
    [InlineData("""{"source": "a.txt", "options": {"maxErrors": "\ud800%"}}""", "\"maxErrors\" holds half a surrogate pair")]
    [InlineData("""{"source": "a.txt", "options": {"normalize": true, "Normalize": false}}""", "holds \"Normalize\" twice")]
    [InlineData("""{"source": "a.txt", "options": []}""", "\"options\" is an array; expected an object")]
    [InlineData("""{"source": "a.txt", "options": "{}"}""", "\"options\" is a string; expected an object")]
    [InlineData("""{"source": "a.txt", "option": {"includeText": false}}""", "did you mean \"options\"?")]
    [InlineData("""{"source": "a.txt", "includeText": false}""", "The message holds \"includeText\", which is none")]
    public void What_is_asked_for_of_a_source_and_not_understood_is_named(string text, string found)
    {
        var message = Parse(text);

        Assert.Equal(("a.txt", text), (message.Source, message.Unread!.Text));
        Assert.Contains(found, message.Unread.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", true, 8, false)]
    [InlineData("null", true, 8, false)]
    [InlineData("""{"dimensions": null}""", true, null, false)]
    [InlineData("""{"Dimensions": 4, "NORMALIZE": false}""", false, 4, false)]
    public void What_options_do_not_name_is_as_the_app_has_it(string json, bool normalize, int? dimensions, bool includeText)
    {
        var app = new JobOptions(Normalize: true, Dimensions: 8, IncludeText: false);

        var read = JobOptions.Read(System.Text.Json.JsonElement.Parse(json), app);

        Assert.Equal(new JobOptions(normalize, dimensions, includeText), read);
        Assert.Equal(read, JobOptions.Read(read.ToJson(), new JobOptions(!normalize, 3, !includeText)));
    }

    [Fact]
    public void Options_of_sources_and_vectors_are_read_as_they_are_written()
    {
        var chosen = new JobOptions
        {
            Encoding = "euc-jp",
            TextColumn = "本文",
            IdColumn = "no",
            Keep = ColumnList.Of(["価格:int64", "url"]),
            ChunkOverlap = 8,
            VectorType = VectorType.Int8,
            Prompt = "クエリ: \"\n",
        };
        var app = new JobOptions
        {
            Encoding = "utf-8",
            TextColumn = "body",
            ChunkOverlap = 4,
            VectorType = VectorType.Binary,
            PromptName = "query",
        };

        Assert.Equal(chosen, JobOptions.Read(chosen.ToJson(), app));
        Assert.Equal(new JobOptions(), JobOptions.Read(new JobOptions().ToJson(), app));
        Assert.Equal(app, JobOptions.Read(System.Text.Json.JsonElement.Parse("{}"), app));
    }

    [Theory]
    [InlineData("""{"keep": "title"}""", "\"keep\" is a string; expected an array")]
    [InlineData("""{"keep": ["a", "a"]}""", "\"a\" stands twice")]
    [InlineData("""{"textColumn": ""}""", "\"textColumn\" is empty")]
    [InlineData("""{"idColumn": 5}""", "\"idColumn\" is a number")]
    [InlineData("""{"chunkOverlap": -1}""", "\"chunkOverlap\" is -1; expected 0 or more tokens")]
    [InlineData("""{"vectorType": "float64"}""", "expected float32 or float16 or int8 or uint8 or binary")]
    [InlineData("""{"prompt": 5}""", "\"prompt\" is a number; expected a string")]
    [InlineData("""{"prompt": "\ud800"}""", "\"prompt\" holds half a surrogate pair")]
    [InlineData("""{"promptName": ""}""", "\"promptName\" is empty; expected a name")]
    [InlineData("""{"prompt": "", "promptName": "query"}""", "Both \"prompt\" and \"promptName\" are given; expected one of them.")]
    public void Options_that_are_none_are_refused(string json, string problem) => Assert.Contains(
        problem,
        Assert.Throws<FormatException>(() => JobOptions.Read(System.Text.Json.JsonElement.Parse(json), new JobOptions())).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"normalize": true}""", null, "passage")]
    [InlineData("""{"promptName": "query"}""", null, "query")]
    [InlineData("""{"prompt": "次の文: "}""", "次の文: ", null)]
    [InlineData("""{"prompt": ""}""", "", null)]
    [InlineData("""{"promptName": null}""", null, null)]
    public void Whoever_names_a_prompt_or_none_does_not_get_the_app_s_besides(string json, string? prompt, string? name)
    {
        var read = JobOptions.Read(System.Text.Json.JsonElement.Parse(json), new JobOptions { PromptName = "passage" });

        Assert.Equal((prompt, name), (read.Prompt, read.PromptName));
    }

    [Fact]
    public void A_prompt_fits_into_the_metadata_of_its_source()
    {
        var longest = new JobOptions { Prompt = new string('問', JobOptions.MaxPromptCharacters) }.ToJson();

        Assert.InRange(longest.GetRawText().Length, 6_000, 7_000); // ASCII; a blob holds 8 KiB
        JobOptions.Read(longest, new JobOptions());
        var error = Assert.Throws<FormatException>(
            () => JobOptions.Read(new JobOptions { Prompt = new string('問', 1_001) }.ToJson(), new JobOptions()));
        Assert.Equal("\"prompt\" has 1001 characters; expected at most 1000.", error.Message);
    }

    [Fact]
    public void A_message_that_is_refused_keeps_its_submission_so_that_it_can_be_answered()
    {
        Assert.False(PlanJobMessage.TryParse("""{"sources": "a.txt", "submission": "s-1"}""", out var message, out _));
        Assert.Equal("s-1", message.Submission);
    }

    private static PlanJobMessage Parse(string text) =>
        PlanJobMessage.TryParse(text, out var message, out var problem) ? message : throw new FormatException(problem);
}
