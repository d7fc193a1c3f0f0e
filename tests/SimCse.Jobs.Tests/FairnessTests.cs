using Azure.Storage.Queues.Models;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A large job's shards are let into the queue in portions, so that small jobs get through beside it.</summary>
[Collection(nameof(JobRig))]
public sealed class FairnessTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int Large = 300;
    private const string Five = "一\n二\n三\n四\n五\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_small_job_is_done_while_most_of_a_large_one_that_came_before_is_left()
    {
        var rig = await StartAsync();
        var large = await PlanAsync(rig, Large);
        var small = await rig.PlanAsync(await rig.UploadAsync(Five));
        Assert.Equal("in the queue, behind about 16 shards of other jobs", (await rig.GetAsync(small)).Waits);

        while (!(await rig.GetAsync(small)).IsFinished)
        {
            Assert.True(await HandleNextAsync(rig));
        }

        var left = await rig.GetAsync(large);
        Assert.Equal((JobStatus.Running, true), (left.State, left.ShardsDone < Large / 5));
        await rig.DrainAsync();
        var done = await rig.GetAsync(large);
        Assert.Equal((JobStatus.Succeeded, Large, 2L * Large), (done.State, done.ShardsDone, done.Rows));
    }

    [Fact]
    public async Task For_one_worker_the_queue_holds_less_than_two_portions_and_is_never_empty()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 100);
        for (var done = 0; done < 80; done++)
        {
            Assert.InRange((await rig.CountMessagesAsync()).Shards, 1, (2 * PortionLimits.Default.First) - 1);
            await HandleNextAsync(rig);
        }

        Assert.Equal(80, (await rig.GetAsync(job)).ShardsDone);
    }

    [Fact]
    public async Task A_queue_that_is_found_empty_gets_twice_as_much()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 100);
        foreach (var portion in (int[])[16, 32, 64])
        {
            Assert.Equal(portion, (await SentAsync(rig, job)).Portion);
            var taken = await TakeAllAsync(rig);
            await Task.WhenAll(taken.Select(message => rig.EncodeShard.RunAsync(message.Body.ToString(), null, Cancellation)));
        }

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task A_cancelled_job_lets_in_nothing_more_and_a_retry_brings_it_to_its_end()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 60);
        await rig.Client.CancelAsync(job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal((16, 0), ((await SentAsync(rig, job)).Sent, (await rig.GetAsync(job)).ShardsDone));

        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();

        Assert.Equal((JobStatus.Succeeded, 60), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone));
    }

    [Fact]
    public async Task A_job_whose_shards_all_fail_comes_to_its_end()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Lines(60));
        var job = await rig.PlanAsync(source);
        await rig.Storage.Texts.DeleteBlobAsync(source, cancellationToken: Cancellation);

        await rig.DrainAsync();

        Assert.Equal((JobStatus.Failed, 60), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsFailed));
    }

    [Fact]
    public async Task Messages_that_no_attempt_could_begin_with_let_in_the_others()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 30);
        foreach (var message in await TakeAllAsync(rig))
        {
            Assert.True(EncodeShardMessage.TryParse(message.Body.ToString(), out var shard, out _));
            await rig.Get<JobFailures>().RecordAttemptAsync(job, shard.Shard, new InvalidOperationException("no try came far"));
            await rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, message.Body.ToString(), Cancellation);
            await rig.Storage.ShardsQueue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        }

        await rig.DrainAsync();

        var status = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Failed, 14, 16), (status.State, status.ShardsDone, status.ShardsFailed));
    }

    [Fact]
    public async Task Workers_that_take_shards_at_once_let_in_each_of_them()
    {
        var outside = await StartAsync();
        JobRig[] rigs = [.. Enumerable.Range(0, 4).Select(_ => JobRig.WithSmallShards(azurite, demo.Encoder))];
        var job = await PlanAsync(outside, 120);

        await Task.WhenAll(rigs.Select(rig => rig.DrainAsync()));

        Assert.Equal((JobStatus.Succeeded, 120), ((await outside.GetAsync(job)).State, (await outside.GetAsync(job)).ShardsDone));
    }

    /// <summary>The previous release sent all messages before it wrote <c>sent.json</c>.</summary>
    [Fact]
    public async Task Of_a_job_that_the_previous_release_planned_nothing_is_sent_again()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 30);
        await rig.Storage.Jobs.DeleteBlobAsync(StorageNames.Open(job), cancellationToken: Cancellation);
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Sent(job)).UploadAsync(
            BinaryData.FromString("""{"messages":30,"at":"2026-11-01T00:00:00+00:00"}"""), overwrite: true, Cancellation);

        await rig.DrainAsync();
        Assert.Equal((JobStatus.Running, 16), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone));
        await rig.Client.CancelAsync(job, Cancellation);
        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task A_record_of_a_newer_version_is_named_and_left_alone()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 30);
        var record = BinaryData.FromString("""{"version":3}""");
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Open(job)).UploadAsync(record, overwrite: true, Cancellation);

        await rig.DrainAsync();

        var status = await rig.GetAsync(job);
        Assert.Equal(JobStatus.Unreadable, status.State);
        Assert.StartsWith(
            $"'jobs/open/{job}.json' was written by a newer simcse: it has version 3", status.Reason, StringComparison.Ordinal);
        var kept = await rig.Storage.Jobs.GetBlobClient(StorageNames.Open(job)).DownloadContentAsync(Cancellation);
        Assert.Equal(record.ToString(), kept.Value.Content.ToString());
    }

    [Fact]
    public async Task A_broken_record_is_written_again_by_a_retry()
    {
        var rig = await StartAsync();
        var job = await PlanAsync(rig, 30);
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Open(job)).UploadAsync(
            BinaryData.FromString("{\"at\":"), overwrite: true, Cancellation);
        await JobRig.WithSmallShards(azurite, demo.Encoder).DrainAsync(); // it has not seen the record before
        Assert.Equal((JobStatus.Running, 16), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone));

        await rig.Client.CancelAsync(job, Cancellation);
        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();

        Assert.Equal((JobStatus.Succeeded, 30), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone));
    }

    private async Task<JobRig> StartAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        return JobRig.WithSmallShards(azurite, demo.Encoder);
    }

    private static async Task<string> PlanAsync(JobRig rig, int shards) => await rig.PlanAsync(await rig.UploadAsync(Lines(shards)));

    private static string Lines(int shards) => string.Concat(Enumerable.Range(0, 2 * shards).Select(line => $"{line}番\n"));

    private static async Task<ShardsSent> SentAsync(JobRig rig, string job) =>
        (await rig.Get<ShardsSentBlob>().TryReadAsync((await rig.Get<ManifestCache>().TryGetAsync(job, Cancellation))!, Cancellation))!
            .Value.State;

    private static async Task<bool> HandleNextAsync(JobRig rig)
    {
        if ((await rig.Storage.ShardsQueue.ReceiveMessagesAsync(1, cancellationToken: Cancellation)).Value is not [var message])
        {
            return false;
        }

        await rig.EncodeShard.RunAsync(message.Body.ToString(), null, Cancellation);
        await rig.Storage.ShardsQueue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        return true;
    }

    /// <summary>As many instances as there are messages: none waits to be taken.</summary>
    private static async Task<List<QueueMessage>> TakeAllAsync(JobRig rig)
    {
        var taken = new List<QueueMessage>();
        while ((await rig.Storage.ShardsQueue.ReceiveMessagesAsync(
            32, visibilityTimeout: TimeSpan.FromHours(1), Cancellation)).Value is { Length: > 0 } some)
        {
            taken.AddRange(some);
        }

        return taken;
    }
}
