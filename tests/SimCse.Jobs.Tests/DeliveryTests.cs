using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Messages that come more than once, at once, or in the wrong order.</summary>
[Collection(nameof(JobRig))]
public sealed class DeliveryTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Five = "一\n二\n三\n四\n五\n";

    private static readonly string[] FiveRows = ["1:1:一", "2:2:二", "3:3:三", "4:4:四", "5:5:五"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_event_three_times_is_one_job_and_each_shard_is_sent_once()
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var source = await outside.UploadAsync(Five);
        var message = Event(source);
        for (var i = 0; i < 3; i++)
        {
            await rig.PlanJob.RunAsync(message, Cancellation);
        }

        Assert.Equal((0, 3), await rig.CountMessagesAsync());
        await rig.DrainAsync();

        var job = Assert.Single(await rig.Client.ListAsync(cancellationToken: Cancellation), job => job.Source == source);
        Assert.Equal((JobStatus.Succeeded, 5L), (job.State, job.Rows));
        Assert.Equal(FiveRows, await rig.RowsAsync(job));
    }

    [Fact]
    public async Task An_upload_s_event_and_the_submitter_s_message_name_the_same_job()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var options = new JobOptions { Normalize = true };
        var source = await rig.UploadAsync(Five, options: options);
        await rig.PlanJob.RunAsync(Event(source), Cancellation);

        var job = await rig.PlanAsync(source, options);

        Assert.Equal(
            (job, 1),
            (
                Assert.Single(await rig.Client.ListAsync(cancellationToken: Cancellation), known => known.Source == source).Job,
                (await rig.CountMessagesAsync()).Shards));
    }

    [Fact]
    public async Task Two_processes_that_plan_and_encode_everything_at_once_give_the_rows_once()
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        JobRig[] rigs = [.. Enumerable.Range(0, 4).Select(_ => JobRig.WithSmallShards(azurite, demo.Encoder))];
        var source = await outside.UploadAsync(SourceTests.Gzip(System.Text.Encoding.UTF8.GetBytes(Five)), "txt.gz");
        await Task.WhenAll(rigs.Select(rig => rig.PlanJob.RunAsync(Event(source), Cancellation)));
        var job = Assert.Single(await outside.Client.ListAsync(cancellationToken: Cancellation), known => known.Source == source).Job;

        await Task.WhenAll(rigs.SelectMany(rig => Enumerable.Range(0, 3).Select(shard =>
            rig.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":{{shard}}}""", DateTimeOffset.UtcNow, Cancellation))));

        var status = await outside.GetAsync(job);
        Assert.Equal((JobStatus.Succeeded, 3, 5L), (status.State, status.ShardsDone, status.Rows));
        Assert.Equal(FiveRows, await outside.RowsAsync(status));
    }

    [Fact]
    public async Task Shards_that_come_in_the_wrong_order_and_twice_complete_the_job_with_the_last()
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await outside.UploadAsync(Five));
        foreach (var shard in (int[])[2, 2, 0, 2])
        {
            await rig.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":{{shard}}}""", null, Cancellation);
        }

        var before = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Running, 2, 3L), (before.State, before.ShardsDone, before.Rows));
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":1}""", null, Cancellation);

        Assert.Equal(FiveRows, await rig.RowsAsync(await rig.GetAsync(job)));
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    /// <summary>Of many duplicates, each of a job's last records would otherwise read the log.</summary>
    [Fact]
    public async Task The_log_is_read_again_only_when_there_may_be_enough_records()
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        var requests = new RequestLog();
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder, requests);
        var job = await rig.PlanAsync(await outside.UploadAsync(Five));
        foreach (var shard in (int[])[2, 2, 2, 0, 1])
        {
            await rig.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":{{shard}}}""", null, Cancellation);
        }

        Assert.Equal(2, requests.Requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal)
            && request.EndsWith("/progress", StringComparison.Ordinal)));
        Assert.Equal(JobStatus.Succeeded, (await outside.GetAsync(job)).State);
    }

    [Fact]
    public async Task The_same_event_twice_gives_the_same_bytes_in_the_same_blobs()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(Five);
        var job = await rig.RunAsync(source);
        var etags = await EtagsAsync(rig, job);

        await rig.PlanJob.RunAsync(Event(source), Cancellation);
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job.Job}}","shard":0}""", null, Cancellation);

        Assert.Equal(etags, await EtagsAsync(rig, job));
    }

    internal static string Event(string source) => $$"""
        {"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/texts/blobs/{{source}}", "data": { "eTag": "0x0" } }
        """;

    private static async Task<List<string>> EtagsAsync(JobRig rig, JobStatus job)
    {
        var etags = new List<string>();
        await foreach (var blob in rig.Storage.Embeddings.GetBlobsAsync(new() { Prefix = job.Source }, Cancellation))
        {
            etags.Add($"{blob.Name} {blob.Properties.ETag}");
        }

        Assert.Contains(etags, etag => etag.StartsWith(StorageNames.Success(job.Source, job.Job), StringComparison.Ordinal));
        return etags;
    }
}
