using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Models;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Each bad input gives a clear error in the place a user looks, and nothing else is lost by it.</summary>
[Collection(nameof(JobRig))]
public sealed class BadInputTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "txt", "The source is empty")]
    [InlineData("\uFEFF", "txt", "The source is empty")]
    [InlineData("\n \r\n\t\n", "txt", "The source holds 3 blank lines and no text")]
    [InlineData("\n\n", "jsonl", "The source holds 2 blank lines and no text")]
    [InlineData("text", "pdf", "expected a name that ends in .txt, .jsonl, .csv")]
    [InlineData("text, not gzip", "txt.gz", "is no gzip")]
    public async Task A_source_without_texts_fails_with_the_reason(string content, string extension, string reason)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}.{extension}";
        await rig.Storage.Texts.GetBlobClient(source).UploadAsync(BinaryData.FromString(content), Cancellation);

        var job = await rig.RunAsync(source);

        Assert.Equal((JobStatus.Failed, source), (job.State, job.Source));
        Assert.Contains(reason, job.Reason, StringComparison.Ordinal);
        Assert.Contains(job.Job, (await rig.Client.ListAsync(cancellationToken: Cancellation)).Select(status => status.Job));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(0.0)]
    [InlineData(1.1)]
    public async Task A_gzip_file_that_is_cut_off_or_padded_fails_and_leaves_no_staged_text(double fraction)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var whole = SourceTests.Gzip(
            System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(line => $"{line} {Guid.NewGuid()}\n"))));
        var source = await rig.UploadAsync(
            [.. whole[..Math.Min(whole.Length, Math.Max(5, (int)(whole.Length * fraction)))], .. new byte[fraction > 1 ? 7 : 0]], "txt.gz");

        var job = await rig.RunAsync(source);

        Assert.Equal(JobStatus.Failed, job.State);
        Assert.Contains("is not a whole gzip file", job.Reason, StringComparison.Ordinal);
        Assert.Equal([$"{job.Job}/failed.json"], await JobRig.ListAsync(rig.Storage.Jobs, job.Job));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UTF32_is_refused(bool mark)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync(
            [.. mark ? System.Text.Encoding.UTF32.GetPreamble() : [], .. System.Text.Encoding.UTF32.GetBytes("猫と犬\n")]));
        Assert.Contains("The source is UTF-32; expected utf-8, cp932", job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vector_that_is_no_number_fails_its_shard_at_once_and_names_the_line()
    {
        using var folder = new TemporaryFolder();
        using var encoder = SentenceEncoder.Load(BrokenModel.CreateBundle(folder.Path, "鬼"));
        var rig = await JobRig.StartAsync(azurite, encoder);

        var job = await rig.RunAsync(await rig.UploadAsync("猫がいる。\n\n鬼がいる。\n犬がいる。\n"));

        Assert.Equal((JobStatus.Failed, 1, 0), (job.State, job.ShardsFailed, job.ShardsDone));
        Assert.StartsWith(
            "Line 3: The model simcse-demo-untrained gave a vector that holds NaN or infinity", job.Reason, StringComparison.Ordinal);
        Assert.Equal((0, 0), await rig.CountMessagesAsync());
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));
    }

    [Fact]
    public async Task A_line_over_a_mebibyte_is_an_error_row_and_its_neighbours_are_rows()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(
            await rig.UploadAsync($"前\n{new string('x', MiB + 1)}\n後\n{new string('y', MiB)}\n{new string('あ', 3 * MiB)}"));

        Assert.Equal((JobStatus.Succeeded, 5L, 3L, 2L), (job.State, job.Texts, job.Rows, job.Errors));
        Assert.Equal([1L, 3L, 4L], (await rig.QueryAsync(job, "select line from parts")).Select(row => row[0]));
        Assert.Equal(
            [$$"""{"line":2,"id":"2","reason":"The line has {{MiB + 2}} bytes; at most {{MiB}} are read."}""", $$"""{"line":5,"id":"5","reason":"The line has {{9 * MiB}} bytes; at most {{MiB}} are read."}"""],
            await rig.ErrorsAsync(job));
        Assert.Equal([[true, 128]], await rig.QueryAsync(job, "select truncated, tokens from parts where line = 4"));
    }

    [Fact]
    public async Task Invalid_UTF8_in_the_middle_is_an_error_row()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync([.. "一\n二"u8, 0xE3, 0x81, .. "\n三\n"u8]));

        Assert.Equal((2L, 1L), (job.Rows, job.Errors));
        Assert.Equal(["1:1:一", "3:3:三"], await rig.RowsAsync(job));
        Assert.Contains("Byte 4 of the line (0xE381) is not utf-8", Assert.Single(await rig.ErrorsAsync(job)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NUL_bytes_are_characters()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("\0\n猫\0犬\nただの文\n"));

        Assert.Equal((JobStatus.Succeeded, 3L, 0L), (job.State, job.Rows, job.Errors));
        Assert.Equal([["2", "猫\0犬"]], await rig.QueryAsync(job, "select id, text from parts where line = 2"));
    }

    [Fact]
    public async Task JSON_lines_that_are_no_records_are_error_rows()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(
            await rig.UploadAsync("not json\n{\"id\":\"a\"}\n{\"id\":\"b\",\"text\":5}\n{\"text\":\"猫\"}\n[]\n", "jsonl"));

        Assert.Equal((JobStatus.Succeeded, 1L, 4L), (job.State, job.Rows, job.Errors));
        var errors = await rig.ErrorsAsync(job);
        Assert.Collection(
            errors,
            error => Assert.Contains("not JSON", error, StringComparison.Ordinal),
            error => Assert.Contains("""{"line":2,"id":"a",""", error, StringComparison.Ordinal),
            error => Assert.Contains("a JSON number; expected a string", error, StringComparison.Ordinal),
            error => Assert.Contains("""{"line":5,"id":"5",""", error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shard_of_nothing_but_errors_is_an_empty_part()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("x\ny\n", "jsonl"));

        Assert.Equal((JobStatus.Failed, 0L, 2L), (job.State, job.Rows, job.Errors));
        Assert.Empty(await rig.QueryAsync(job, "select * from parts"));
    }

    [Theory]
    [InlineData(false, "was overwritten after it was planned")]
    [InlineData(true, "was deleted after it was planned")]
    public async Task A_source_that_changes_after_it_was_planned_fails_the_job_and_nothing_else(bool delete, string reason)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("古い文\n");
        var old = await rig.PlanAsync(source);
        await (
            delete
                ? rig.Storage.Texts.DeleteBlobAsync(source, cancellationToken: Cancellation)
                : rig.UploadAsync(source, "新しい文\n"u8.ToArray()));

        await rig.DrainAsync();

        var job = await rig.GetAsync(old);
        Assert.Equal((JobStatus.Failed, 1), (job.State, job.ShardsFailed));
        Assert.Contains(reason, job.Reason, StringComparison.Ordinal);
        if (!delete)
        {
            Assert.Equal(["1:1:新しい文"], await rig.RowsAsync(await rig.RunAsync(source)));
        }
    }

    [Fact]
    public async Task A_source_that_is_not_there_fails_with_the_reason()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        Assert.Contains("There is no source 'never.txt'", (await rig.RunAsync("never.txt")).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task Dimensions_that_the_model_does_not_have_fail_the_job(int dimensions)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"), new JobOptions { Dimensions = dimensions });
        Assert.Contains($"\"dimensions\" is {dimensions}; expected 1 to 256", job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_in_metadata_that_are_no_options_fail_the_job()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}.txt";
        await rig.Storage.Texts.GetBlobClient(source).UploadAsync(
            BinaryData.FromString("猫\n"),
            new BlobUploadOptions { Metadata = new Dictionary<string, string> { [StorageNames.OptionsMetadata] = "yes" } }, Cancellation);
        Assert.Contains("The source's metadata simcse_options is 'yes'", (await rig.RunAsync(source)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"include_text":false}""")]
    [InlineData("""{"includeText":false,"includeText":true}""")]
    [InlineData("""{"includeText":"no"}""")]
    public async Task Options_that_are_not_understood_fail_a_job_of_their_own_wherever_they_stand(string options)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}.txt";
        var understood = await rig.RunAsync(await rig.UploadAsync("猫\n"));
        await rig.Storage.PlanQueue.SendMessageAsync(
            $$"""{"source":"{{understood.Source}}","options":{{options}},"submission":"{{source[..32]}}"}""", Cancellation);
        await rig.Storage.Texts.GetBlobClient(source).UploadAsync(
            BinaryData.FromString("猫\n"),
            new BlobUploadOptions { Metadata = new Dictionary<string, string> { [StorageNames.OptionsMetadata] = options } }, Cancellation);

        var byMetadata = await rig.RunAsync(source);
        var answer = (await rig.Client.TryGetSubmissionAsync(source[..32], Cancellation))!;
        var byMessage = await rig.GetAsync(answer.Job!);

        Assert.Equal((JobStatus.Failed, JobStatus.Failed), (byMetadata.State, byMessage.State));
        Assert.Equal((understood.Source, answer.Error), (byMessage.Source, byMessage.Reason));
        Assert.All((string[])[byMetadata.Reason!, byMessage.Reason!], reason => Assert.Matches("\"include_?[tT]ext\"", reason));
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(understood.Job)).State);

        // A retry asks for the same again, not for less.
        await rig.Client.RetryAsync(byMetadata.Job, Cancellation);
        await rig.Client.RetryAsync(byMessage.Job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Failed, (await rig.GetAsync(byMetadata.Job)).State);
        Assert.Equal(JobStatus.Failed, (await rig.GetAsync(byMessage.Job)).State);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, source));
        Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == source);
    }

    [Fact]
    public async Task A_source_whose_metadata_is_not_understood_is_planned_once_and_not_at_every_reconcile()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}.txt";
        await rig.Storage.Texts.GetBlobClient(source).UploadAsync(
            BinaryData.FromString("猫\n"),
            new BlobUploadOptions
            {
                Metadata = new Dictionary<string, string> { [StorageNames.OptionsMetadata] = """{"include_text":false}""" },
            },
            Cancellation);
        var failed = await rig.RunAsync(source);
        var item = await rig.Storage.Texts.GetBlobsAsync(new() { Traits = BlobTraits.Metadata, Prefix = source }, Cancellation)
            .SingleAsync(Cancellation);

        Assert.Equal(failed.Job, rig.Get<JobResolver>().Identify(item, demo.Encoder.Bundle.Model.Fingerprint).Job);
    }

    [Fact]
    public async Task A_message_that_names_no_source_answers_its_submission()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var submission = Guid.NewGuid().ToString("N");
        await rig.PlanJob.RunAsync($$"""{"sources":"a.txt","submission":"{{submission}}"}""", Cancellation);
        var answer = await rig.Client.TryGetSubmissionAsync(submission, Cancellation);
        Assert.Contains("did you mean \"source\"?", answer!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_that_are_not_ours_are_listed_as_rejected_and_acknowledged()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var garbage = $"hello {Guid.NewGuid()}";
        await rig.Storage.PlanQueue.SendMessageAsync(garbage, Cancellation);
        await rig.Storage.ShardsQueue.SendMessageAsync(garbage, Cancellation);

        await rig.DrainAsync();

        var rejected = (await rig.Client.ListRejectedAsync(Cancellation)).Where(message => message.Body == garbage).ToList();
        Assert.Equal([StorageNames.PlanQueue, StorageNames.ShardsQueue], rejected.Select(message => message.Queue).Order());
        Assert.All(rejected, message => Assert.Contains("not the JSON that was expected", message.Reason, StringComparison.Ordinal));
        Assert.Equal((0, 0), await rig.CountMessagesAsync());
    }

    [Fact]
    public async Task Shards_that_no_job_has_are_recorded_as_failures()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"));
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job.Job}}","shard":5}""", null, Cancellation);
        await rig.EncodeShard.RunAsync("""{"job":"aaaaaaaaaaaaaaaaaaaa","shard":0}""", null, Cancellation);

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job.Job)).State);
        Assert.Contains($"{job.Job}/failures/00005.json", await JobRig.ListAsync(rig.Storage.Jobs, job.Job));
        Assert.Contains("aaaaaaaaaaaaaaaaaaaa/failures/00000.json", await JobRig.ListAsync(rig.Storage.Jobs, "aaaaaaaaaaaaaaaaaaaa"));
    }

    [Fact]
    public async Task A_job_of_another_model_fails_its_shards_and_names_both_models()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        using var folder = new TemporaryFolder();
        DemoModel.Write(folder["model"]);
        await File.WriteAllTextAsync(folder["model/sentence_bert_config.json"], """{"max_seq_length": 64, "do_lower_case": false}""", Cancellation);
        using var other = SentenceEncoder.Load(ModelImporter.Import(folder["model"], folder["bundle"]));
        var otherApp = JobRig.WithSmallShards(azurite, other);

        await otherApp.DrainAsync();

        var status = await rig.GetAsync(job);
        Assert.Equal(JobStatus.Failed, status.State);
        Assert.Contains($"fingerprint {demo.Encoder.Bundle.Model.Fingerprint[..12]}", status.Reason, StringComparison.Ordinal);
        Assert.Contains(other.Bundle.Model.Fingerprint[..12], status.Reason, StringComparison.Ordinal);

        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task A_source_overwritten_while_it_is_planned_is_not_read_in_two_versions()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("猫\n");
        var version = (await rig.Storage.Texts.GetBlobClient(source).GetPropertiesAsync(cancellationToken: Cancellation)).Value.ETag;
        await rig.UploadAsync(source, "犬\n"u8.ToArray());

        var failure = await Assert.ThrowsAsync<RequestFailedException>(async () =>
            await SimCse.Jobs.Sources.SourceStream.OpenAsync(
                rig.Storage.Texts.GetBlobClient(source), version, new SimCse.Jobs.Sources.SourceFormat(SimCse.Jobs.Sources.SourceKind.Txt),
                SimCse.Jobs.Sources.SourceColumns.Default, bytes => bytes, encoding: null, Cancellation));

        Assert.Equal(412, failure.Status);
    }
}
