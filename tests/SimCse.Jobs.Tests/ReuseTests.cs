using System.Text;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A new version of a source takes over the vectors of the texts that have stayed.</summary>
[Collection(nameof(JobRig))]
public sealed class ReuseTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Vectors = "select text, tokens, truncated, embedding from parts";

    private static readonly string Long = new('長', 200);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Twelve lines in six shards: two new ones at the beginning, one gone, one changed, one far from where it was, one bad.
    /// </summary>
    [Fact]
    public async Task Texts_that_have_stayed_are_copied_to_the_bit_and_counted()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines("一", "二", "三", "😀四", "五", Long, "七", "八", "九", "十"));
        var before = await rig.RunAsync(source);
        var changed = (byte[])[.. Lines("新", "しい", "一", "三", "😀四", "五!", Long, "七", "二", "九", "九"), 0xFF, .. "\n十\n"u8];

        var job = await RunAsync(rig, source, changed);
        var fresh = await rig.RunAsync(await rig.UploadAsync(changed));

        Assert.Equal((JobStatus.Succeeded, 13L, 12L, 1L, 9L), (job.State, job.Texts, job.Rows, job.Errors, job.Reused));
        Assert.Equal((0L, 0L), (before.Reused, fresh.Reused));
        Assert.Equal(await rig.RowsAsync(fresh), await rig.RowsAsync(job));
        Assert.Equal((fresh.Tokens, fresh.Unknown, fresh.Truncated), (job.Tokens, job.Unknown, job.Truncated));
        var (old, now, other) = (await VectorsAsync(rig, before), await VectorsAsync(rig, job), await VectorsAsync(rig, fresh));
        foreach (var text in now.Keys)
        {
            Assert.Equal(old.GetValueOrDefault(text, now[text]), now[text]);
            Assert.All(
                ((List<float>)other[text][2]!).Zip((List<float>)now[text][2]!), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public async Task Nothing_is_encoded_when_nothing_has_changed()
    {
        var batches = 0;
        using var encoder = SentenceEncoder.Load(
            DemoBundle.Ensure(), new SentenceEncoderOptions { BeforeBatch = () => Interlocked.Increment(ref batches) });
        var rig = await JobRig.StartAsync(azurite, encoder);
        var source = await rig.UploadAsync(Lines("一", "二", Long));
        var before = await rig.RunAsync(source, new JobOptions { ChunkOverlap = 10 });
        var needed = batches;

        var job = await RunAsync(rig, source, Lines("一", "二", Long), new JobOptions { ChunkOverlap = 10, IncludeText = false });

        Assert.True(needed > 0 && batches == needed);
        Assert.Equal((4L, 4L, 4L), (before.Rows, job.Rows, job.Reused));
    }

    /// <summary>Other vectors are wanted, or the version before does not say of which texts its vectors are.</summary>
    [Theory]
    [InlineData("""{"normalize":true}""", "{}")]
    [InlineData("{}", """{"dimensions":8}""")]
    [InlineData("""{"includeText":false}""", "{}")]
    [InlineData("""{"vectorType":"int8"}""", """{"vectorType":"int8"}""")]
    public async Task Vectors_of_other_options_are_not_copied(string before, string after)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines("一", "二"));
        await rig.RunAsync(source, Options(before));

        Assert.Equal((JobStatus.Succeeded, 0L), await StateAsync(RunAsync(rig, source, Lines("一", "二"), Options(after))));
    }

    [Fact]
    public async Task Options_that_change_no_vector_are_no_reason_to_encode_again()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines("一", "二"));
        await rig.RunAsync(source);

        var options = Options("""{"maxErrors":"5%","includeText":false,"encoding":"utf-8"}""");
        Assert.Equal((JobStatus.Succeeded, 2L), await StateAsync(RunAsync(rig, source, Lines("一", "二"), options)));
    }

    [Theory]
    [InlineData("_SUCCESS", 0)]
    [InlineData("part-00001.parquet", 4)]
    public async Task What_was_deleted_or_damaged_since_it_was_planned_is_encoded_again(string blob, long reused)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines("一", "二", "三", "四", "五", "六"));
        var before = await rig.RunAsync(source);
        foreach (var isDamaged in (bool[])[true, false])
        {
            await rig.UploadAsync(source, Lines("一", "二", "三", "四", "五", "六"));
            var job = await rig.PlanAsync(source);
            Assert.Equal(before.Job, (await rig.Get<ManifestCache>().TryGetAsync(job, Cancellation))!.Previous);
            var old = rig.Storage.Embeddings.GetBlobClient(before.Output + blob);
            await (isDamaged
                ? old.UploadAsync(BinaryData.FromString("broken"), overwrite: true, Cancellation)
                : (Task)old.DeleteAsync(cancellationToken: Cancellation));

            await JobRig.WithSmallShards(azurite, demo.Encoder).DrainAsync(); // a process that knows nothing yet

            var status = await rig.GetAsync(job);
            Assert.Equal((JobStatus.Succeeded, 6L, reused), (status.State, status.Rows, status.Reused));
            await rig.Client.DeleteAsync(job, Cancellation);
        }
    }

    [Fact]
    public async Task Vectors_of_merged_parts_are_copied_too()
    {
        var (rig, options) = (await StartAsync(), new JobOptions { ChunkOverlap = 0 });
        var source = await rig.UploadAsync(Lines("一", Long, "三"));
        var before = await rig.RunAsync(source, options);
        await rig.Client.CompactAsync(before.Job, cancellationToken: Cancellation);
        var merged = Assert.Single((await rig.Client.TryGetSuccessAsync(source, before.Job, Cancellation))!.Record.Parts);

        var job = await RunAsync(rig, source, Lines("新", "一", Long, "三"), options);

        Assert.Equal((4L, 3L), (merged.Rows, merged.Texts));
        Assert.Equal((5L, 4L), (job.Rows, job.Reused));
    }

    [Fact]
    public async Task Killed_at_any_write_the_job_is_completed_by_the_next_process()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines("一", "二", "三"));
        await rig.RunAsync(source);
        for (var (writes, lives) = (0, false); !lives; writes += 2)
        {
            // 1. A new version; a process works on it and is killed.
            await rig.UploadAsync(source, Lines("一", $"{writes}", "三"));
            var submission = await rig.Client.SubmitAsync(source, cancellationToken: Cancellation);
            var killSwitch = new KillSwitch(writes, carriedOut: writes % 4 == 0);
            try
            {
                await JobRig.WithSmallShards(azurite, demo.Encoder, killSwitch).DrainAsync();
            }
            catch (Exception) when (killSwitch.IsKilled)
            {
            }

            // 2. The next one finds what is to be done.
            await JobRig.WithSmallShards(azurite, demo.Encoder).DrainAsync();
            var status = await rig.GetAsync((await rig.Client.WaitForSubmissionAsync(submission, Cancellation)).Job!);
            Assert.Equal((JobStatus.Succeeded, 3L, 2L), (status.State, status.Rows, status.Reused));
            lives = !killSwitch.IsKilled;
        }
    }

    private static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n")));

    private static JobOptions Options(string json) => JobOptions.Read(System.Text.Json.JsonElement.Parse(json), new JobOptions());

    private static async Task<(string State, long Reused)> StateAsync(Task<JobStatus> running)
    {
        var job = await running;
        return (job.State, job.Reused);
    }

    private static async Task<JobStatus> RunAsync(JobRig rig, string source, byte[] content, JobOptions? options = null)
    {
        await rig.UploadAsync(source, content);
        return await rig.RunAsync(source, options);
    }

    private static async Task<Dictionary<string, object?[]>> VectorsAsync(JobRig rig, JobStatus job) =>
        (await rig.QueryAsync(job, Vectors)).DistinctBy(row => row[0]).ToDictionary(row => (string)row[0]!, row => row[1..]);

    private async Task<JobRig> StartAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder); // empty queues
        return JobRig.WithSmallShards(azurite, demo.Encoder);
    }
}
