using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using SimCse.Jobs.Clients;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>A file dropped into storage comes back as Parquet, whatever happens on the way.</summary>
public sealed class JobEndToEndTests(DemoBundle demo)
{
    private const int ThreeShards = 9_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_thousand_lines_over_two_instances_come_back_once_each_and_in_order()
    {
        await using var app = await RunningApp.StartAsync(instances: 2);

        await app.DropAsync("many.txt", Text(20_000));

        var job = await app.WaitAsync("many.txt");
        Assert.Equal((JobStatus.Succeeded, 20_000, 0, 5), (job.State, job.Rows, job.Errors, job.Shards));
        await AssertWholeAsync(app, job);
        var footers = await app.QueryAsync(
            job,
            "select count(distinct file_name) from parquet_kv_metadata(parts) where decode(key) = 'simcse.fingerprint' and decode(value) " +
            "= '" + demo.Encoder.Bundle.Model.Fingerprint + "'");
        Assert.Equal(5L, footers[0][0]);
    }

    [Fact]
    public async Task A_killed_worker_and_a_repeated_event_lose_nothing_and_double_nothing()
    {
        await using var app = await RunningApp.StartAsync();
        await app.DropAsync("killed.txt", Text(ThreeShards));
        var properties = await app.Storage.Texts.GetBlobClient("killed.txt").GetPropertiesAsync(cancellationToken: Cancellation);
        var blobCreated = $$"""
            {"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/texts/blobs/killed.txt",
             "data": { "eTag": "{{properties.Value.ETag.ToString().Trim('"')}}" } }
            """;

        // 1. The job runs; 2. its worker is killed in the middle of a shard; 3. the event comes twice more; 4. the host starts a new
        // worker.
        await app.WaitForShardsAsync("killed.txt", 1);
        var killed = app.Host.Workers[0].ProcessId;
        using (var worker = Process.GetProcessById(killed))
        {
            worker.Kill();
        }

        await app.Storage.PlanQueue.SendMessageAsync(blobCreated, Cancellation);
        await app.Storage.PlanQueue.SendMessageAsync(blobCreated, Cancellation);

        var job = await app.WaitAsync("killed.txt");
        Assert.NotEqual(killed, app.Host.Workers[0].ProcessId);
        Assert.Equal((JobStatus.Succeeded, ThreeShards, 0), (job.State, job.Rows, job.Errors));
        await AssertWholeAsync(app, job);
    }

    [Fact]
    public async Task A_host_that_stops_in_the_middle_of_a_shard_gives_it_back_for_the_next_to_do()
    {
        await using var app = await RunningApp.StartAsync(configure: options => options with
        {
            Timings = new() { DrainTimeout = TimeSpan.FromMilliseconds(1), CancellationGrace = Eventually.DefaultTimeout },
        });
        await app.DropAsync("stopped.txt", Text(ThreeShards));

        // 1. The job runs; 2. its host stops without the time to finish: the shard in hand is cancelled; 3. another host goes on.
        await app.WaitForShardsAsync("stopped.txt", 1);
        await app.Host.StopAsync();
        var cancelled = app.Logs.Lines.Where(line => line.Message.StartsWith("Executed 'Functions.EncodeShard' (", StringComparison.Ordinal)
            && !line.Message.Contains("Succeeded", StringComparison.Ordinal)).ToList();
        await app.StartAnotherHostAsync();

        var job = await app.WaitAsync("stopped.txt");
        Assert.NotEmpty(cancelled);
        // it stopped by itself
        Assert.All(cancelled, line => Assert.DoesNotContain("The worker ended", line.Message, StringComparison.Ordinal));
        Assert.Equal((JobStatus.Succeeded, ThreeShards, 0), (job.State, job.Rows, job.Errors));
        await AssertWholeAsync(app, job);
    }

    [Fact]
    public async Task A_shard_that_runs_longer_than_its_lease_is_delivered_again_and_gives_one_part()
    {
        await using var app = await RunningApp.StartAsync(
            configure: options => options with { ConfigureQueues = new ShortLease(TimeSpan.FromSeconds(1)).Configure });

        await app.DropAsync("leased.txt", Text(ThreeShards));

        var job = await app.WaitAsync("leased.txt");
        Assert.True(
            app.Logs.Lines.Count(
                line => line.Message.StartsWith("Executing 'Functions.EncodeShard'", StringComparison.Ordinal)) > job.Shards,
            "No lease ran out.");
        Assert.Equal((JobStatus.Succeeded, ThreeShards, 0), (job.State, job.Rows, job.Errors));
        await AssertWholeAsync(app, job);
    }

    [Fact]
    public async Task Short_texts_are_encoded_over_http_while_a_job_runs()
    {
        await using var app = await RunningApp.StartAsync();
        await app.DropAsync("background.txt", Text(ThreeShards));
        await app.WaitForShardsAsync("background.txt", 1);

        string[] texts = ["今日は良い天気です。", "雨が降る。"];
        var reply = await app.Http.PostAsJsonAsync("/api/embed", new { inputs = texts, normalize = true }, Cancellation);

        using var json = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Cancellation));
        Assert.True(reply.IsSuccessStatusCode, json.RootElement.ToString());
        var expected = await demo.Encoder.EncodeAsync(texts, new Inference.EncodeOptions { Normalize = true }, Cancellation);
        foreach (var (vector, text) in json.RootElement.GetProperty("embeddings").EnumerateArray().Select((vector, text) => (vector, text)))
        {
            Assert.All(
                vector.EnumerateArray().Select(component => component.GetSingle()).Zip(expected[text].ToArray()),
                pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        }

        Assert.Equal(JobStatus.Succeeded, (await app.WaitAsync("background.txt")).State);
    }

    [Fact]
    public async Task Messages_and_files_that_are_not_ours_stand_in_nobodys_way()
    {
        await using var app = await RunningApp.StartAsync();

        await app.Storage.PlanQueue.SendMessageAsync("hello", Cancellation);
        await app.Storage.ShardsQueue.SendMessageAsync("{\"job\": 1}", Cancellation);
        await app.Storage.Texts.UploadBlobAsync("picture.png", BinaryData.FromString("x"), Cancellation);
        await app.Storage.Texts.UploadBlobAsync("cut.txt.gz", BinaryData.FromString("x"), Cancellation);
        await app.DropAsync("good.jsonl", "{\"id\": \"a\", \"text\": \"一\"}\nnonsense\n");

        var good = await app.WaitAsync("good.jsonl");
        var cut = await app.WaitAsync("cut.txt.gz");
        await Eventually.TrueAsync(
            "both messages are recorded", async () => (await app.Client.ListRejectedAsync(Cancellation)).Count == 2, Cancellation);
        Assert.Equal((JobStatus.Succeeded, 1, 1), (good.State, good.Rows, good.Errors));
        Assert.Equal(JobStatus.Failed, cut.State);
        Assert.Contains("gzip", cut.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("picture.png", (await app.Client.ListAsync(Cancellation)).Select(job => job.Source));
    }

    /// <summary>Different texts of many lengths; each names its line.</summary>
    private static string Text(int lines) =>
        string.Concat(Enumerable.Range(1, lines).Select(line => $"{line}行目です。{string.Concat(Enumerable.Repeat("長い文", line % 6))}\n"));

    private static async Task AssertWholeAsync(RunningApp app, JobStatus job)
    {
        var rows = await app.QueryAsync(
            job,
            """
            select count(*), count(distinct line), min(line), max(line), count(embedding), min(len(embedding)), max(len(embedding)),
                   bool_and(text like line || '行目です。%'), bool_and(id = line::varchar)
            from parts
            """);
        Assert.Equal([job.Texts, job.Texts, 1L, job.Texts, job.Texts, 256L, 256L, true, true], rows[0]);
        var disorder = await app.QueryAsync(
            job,
            """
            select count(*) from (
              select line, lag(line) over (partition by filename order by file_row_number) as previous
              from read_parquet(parts, filename = true, file_row_number = true))
            where previous is not null and line <> previous + 1
            """);
        Assert.Equal(0L, disorder[0][0]);
        var nulls = await app.QueryAsync(
            job, "select count(*) from (select unnest(embedding) as x from parts) where x is null or isnan(x)");
        Assert.Equal(0L, nulls[0][0]);
    }
}
