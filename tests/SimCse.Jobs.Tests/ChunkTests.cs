using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;
using SimCse.Tokenization;

namespace SimCse.Jobs.Tests;

/// <summary>Long texts that a job splits. The demo model reads 126 characters.</summary>
[Collection(nameof(JobRig))]
public sealed class ChunkTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static readonly string Long = string.Concat(Enumerable.Range(1, 9).Select(i => $"{new string((char)('一' + i), 39)}。"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_text_has_a_row_for_each_of_its_chunks_and_counts_as_one_text()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var source = await rig.UploadAsync([.. System.Text.Encoding.UTF8.GetBytes($"短い\n{Long}\n"), 0xFF, .. "\n終わり\n"u8]);

        var job = await rig.RunAsync(source, new JobOptions { ChunkOverlap = 0 });

        Assert.Equal((JobStatus.Succeeded, 4L, 5L, 1L, 0L), (job.State, job.Texts, job.Rows, job.Errors, job.Truncated));
        Assert.Equal(
            ["1:1:短い", $"2:2:{Long[..120]}", $"2:2:{Long[120..240]}", $"2:2:{Long[240..]}", "4:4:終わり"], await rig.RowsAsync(job));
        Assert.Equal([(1L, null), (4L, 2L)], (await SuccessAsync(rig, job)).Parts.Select(part => (part.Rows, part.Texts)).Order());

        Assert.Equal(
            ["0:0:2", "0:0:120", "1:120:120", "2:240:120", "0:0:3"],
            (await rig.QueryAsync(job, "select chunk || ':' || start || ':' || length from parts")).Select(row => row[0]));

        // The part is found by a second delivery.
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job.Job}}","shard":0}""", null, Cancellation);
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job.Job)).State);
    }

    [Fact]
    public async Task The_rows_do_not_depend_on_how_the_source_is_cut()
    {
        var text = string.Concat(Enumerable.Range(0, 5).Select(i => $"{i}\n{Long[(i * 40)..]}\n"));
        var options = new JobOptions { ChunkOverlap = 48 };
        var large = await JobRig.StartAsync(azurite, demo.Encoder);
        var expected = await large.RowsAsync(await large.RunAsync(await large.UploadAsync(text), options));

        Assert.Equal($"2:2:{Long[..120]}", expected[1]);
        Assert.Equal($"2:2:{Long[80..200]}", expected[2]); // one sentence again
        foreach (var rig in (JobRig[])[JobRig.WithSmallShards(azurite, demo.Encoder), JobRig.WithSmallSlices(azurite, demo.Encoder)])
        {
            var job = await rig.RunAsync(await rig.UploadAsync(text), options);
            Assert.Equal((10L, expected.LongLength), (job.Texts, job.Rows));
            Assert.Equal(expected, await rig.RowsAsync(job));
        }
    }

    [Fact]
    public async Task Long_texts_are_cut_off_unless_a_job_says_otherwise()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync($"短い\n{Long}\n"));
        Assert.Equal((2L, 1L), (job.Rows, job.Truncated));
    }

    [Fact]
    public async Task An_overlap_that_the_model_is_too_short_for_fails_the_job()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"), new JobOptions { ChunkOverlap = 65 });
        Assert.Equal(JobStatus.Failed, job.State);
        Assert.Equal("The overlap of chunks is 65 tokens; expected 0 to 64, half of what the model reads.", job.Reason);
    }

    [Fact]
    public void A_chunk_says_where_it_stands_in_code_points_and_has_all_columns_of_its_line()
    {
        var slice = new ShardSlice();
        var text = $"𠮷{new string('あ', 99)}。{new string('い', 49)}𠮷。{new string('う', 99)}";
        slice.Add(new SourceRecord(7, "x", text, null) { Kept = [1L, null] }, lineBytes: 1_000);
        slice.Add(new SourceRecord(8, "8", null, "It is broken."), lineBytes: 10);

        var slices = slice.Split(new TextSplitter(demo.Encoder.Tokenizer, 51), maxRows: 2).ToList();

        Assert.Equal([2, 0], slices.Select(part => part.Count)); // the text and the error row, then no new text
        var rows = slices.Select(part => part.ToRows(new Inference.EncodedTexts(part.Texts.Count, 1))).ToList();
        Assert.Equal(
            [new TextChunk(0, 0, 101), new TextChunk(1, 101, 51), new TextChunk(2, 152, 99)], rows.SelectMany(part => part.Chunks!));
        Assert.All(rows, part => Assert.All(part.Kept!, kept => Assert.Equal([1L, null], kept)));
        Assert.Equal(["x", "x", "x"], rows.SelectMany(part => part.Ids));
        Assert.Equal(text, string.Concat(rows.SelectMany(part => part.Texts)));
    }

    private static async Task<JobSuccess> SuccessAsync(JobRig rig, JobStatus job) => (await JobStorage.TryReadAsync(
        rig.Storage.Embeddings, StorageNames.Success(job.Source, job.Job), JobsJson.Default.JobSuccess, Cancellation))!;
}
