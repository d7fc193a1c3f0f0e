using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

[Collection(nameof(JobRig))]
public sealed class JobTests(AzuriteFixture azurite, DemoBundle demo)
{
    [Fact]
    public async Task A_text_file_becomes_parts_in_source_order()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(string.Concat(Enumerable.Range(1, 10_000).Select(line => $"これは{line % 100}番目の文です。\n")));

        var job = await rig.RunAsync(source);

        Assert.Equal((JobStatus.Succeeded, 10_000, 0, 3), (job.State, job.Rows, job.Errors, job.Shards));
        var rows = await rig.QueryAsync(
            job,
            "select count(*), count(distinct line), min(line), max(line), min(len(embedding)), max(len(embedding)), count(text), " +
            "bool_or(truncated), sum(tokens) from parts");
        Assert.Equal([10_000L, 10_000L, 1L, 10_000L, 256L, 256L, 10_000L, false, new System.Numerics.BigInteger(job.Tokens)], rows[0]);
        Assert.Equal(
            Enumerable.Range(1, 10_000).Select(line => (object)(long)line),
            (await rig.QueryAsync(job, "select line from parts")).Select(row => row[0]));
    }

    [Fact]
    public async Task Options_decide_on_the_vectors_and_the_column_text()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("猫\n犬\n");

        var job = await rig.RunAsync(source, new JobOptions { Normalize = true, Dimensions = 64, IncludeText = false });

        var rows = await rig.QueryAsync(job, "select len(embedding), abs(list_dot_product(embedding, embedding) - 1) < 1e-5 from parts");
        Assert.Equal([[64L, true], [64L, true]], rows);
        var columns = await rig.QueryAsync(job, "select column_name from (describe select * from parts)");
        Assert.Equal(["id", "line", "source", "tokens", "truncated", "embedding"], columns.Select(row => row[0]));
    }

    [Fact]
    public async Task The_vectors_are_those_of_the_encoder()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        string[] texts = ["吾輩は猫である。", "名前はまだ無い。", "吾輩は猫である。"];

        var job = await rig.RunAsync(await rig.UploadAsync(string.Join('\n', texts)));

        var rows = await rig.QueryAsync(job, "select tokens, truncated, embedding from parts");
        var expected = await demo.Encoder.EncodeAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.Equal((expected.Tokens[i], expected.Truncated[i]), ((int)rows[i][0]!, (bool)rows[i][1]!));
            Assert.Equal(expected[i].ToArray(), (IEnumerable<float>)rows[i][2]!);
        }
    }

    [Fact]
    public async Task A_job_says_how_many_of_its_tokens_the_model_does_not_know()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync("猫😀\n犬\n😀😀\n"));
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":1}""", null, TestContext.Current.CancellationToken);
        var running = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Running, 4L, 2L), (running.State, running.Tokens, running.Unknown));

        await rig.DrainAsync();

        var done = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Succeeded, 11L, 3L, 0L), (done.State, done.Tokens, done.Unknown, done.Reused));
    }

    [Fact]
    public async Task The_options_a_source_was_uploaded_with_count_unless_the_message_has_its_own()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, new JobOptions { Dimensions = 8 });
        var source = await rig.UploadAsync("猫\n", options: new JobOptions { Dimensions = 16 });
        var plain = await rig.UploadAsync("猫\n");

        Assert.Equal(16, (await rig.RunAsync(source)).Options!.Dimensions);
        Assert.Equal(32, (await rig.RunAsync(source, new JobOptions { Dimensions = 32 })).Options!.Dimensions);
        Assert.Equal(8, (await rig.RunAsync(plain)).Options!.Dimensions);
    }

    [Fact]
    public async Task Latest_names_the_newest_version_whichever_job_ends_last()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("古い\n");
        var older = await rig.PlanAsync(source);
        var oldMessage = (
            await rig.Storage.ShardsQueue.ReceiveMessageAsync(cancellationToken: TestContext.Current.CancellationToken)).Value;
        await rig.EncodeShard.RunAsync(oldMessage.Body.ToString(), null, TestContext.Current.CancellationToken);
        Assert.Contains(older, await LatestAsync(rig, source), StringComparison.Ordinal);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken); // Azurite's Last-Modified has whole seconds
        await rig.UploadAsync(source, "新しい\n"u8.ToArray());
        var newer = await rig.RunAsync(source);
        Assert.Contains(newer.Job, await LatestAsync(rig, source), StringComparison.Ordinal);

        await rig.EncodeShard.RunAsync(oldMessage.Body.ToString(), null, TestContext.Current.CancellationToken);

        Assert.Contains(newer.Job, await LatestAsync(rig, source), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_footer_says_where_the_vectors_come_from()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"));

        using var folder = new TemporaryFolder();
        await rig.Storage.Embeddings.GetBlobClient(job.Output + "part-00000.parquet")
            .DownloadToAsync(folder["part.parquet"], TestContext.Current.CancellationToken);
        var pairs = await DuckDb.QueryAsync(
            $"select decode(key), decode(value) from parquet_kv_metadata('{folder["part.parquet"]}')",
            TestContext.Current.CancellationToken);
        var footer = pairs.ToDictionary(pair => (string)pair[0]!, pair => (string)pair[1]!);
        Assert.Equal(demo.Encoder.Bundle.Model.Fingerprint, footer["simcse.fingerprint"]);
        Assert.Equal(("256", "true", "false"), (footer["simcse.dimension"], footer["simcse.untrained"], footer["simcse.normalized"]));
        Assert.Equal("cpu", footer["simcse.device"]);
        Assert.Equal(
            ("cls", "fp32", "right at 128 tokens"), (footer["simcse.pooling"], footer["simcse.precision"], footer["simcse.truncation"]));
        Assert.Equal(
            (job.Job, "0", job.Source, job.SourceETag),
            (footer["simcse.job"], footer["simcse.shard"], footer["simcse.source"], footer["simcse.source_etag"]));
    }

    private static async Task<string> LatestAsync(JobRig rig, string source) =>
        (
            await rig.Storage.Embeddings.GetBlobClient($"_latest/{source}.json")
                .DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content.ToString();
}
