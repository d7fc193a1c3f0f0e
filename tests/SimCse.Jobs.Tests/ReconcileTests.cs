using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

[Collection(nameof(JobRig))]
public sealed class ReconcileTests(AzuriteFixture azurite, DemoBundle demo)
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_whose_event_was_lost_is_planned_once_it_is_a_minute_old()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync("猫\n", options: new JobOptions { Normalize = true });
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.DoesNotContain(await PlannedAsync(rig), message => message.Contains(source, StringComparison.Ordinal));

        _time.Advance(TimeSpan.FromMinutes(2));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Single(await PlannedAsync(rig), message => message.Contains(source, StringComparison.Ordinal));
        await rig.DrainAsync();

        var job = Assert.Single(await rig.Client.ListAsync(cancellationToken: Cancellation), job => job.Source == source);
        Assert.Equal((JobStatus.Succeeded, true), (job.State, job.Options!.Normalize));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.DoesNotContain(await PlannedAsync(rig), message => message.Contains(source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_cannot_be_planned_is_not_tried_again()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync("\n\n");
        await rig.RunAsync(source);
        _time.Advance(TimeSpan.FromHours(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.DoesNotContain(await PlannedAsync(rig), message => message.Contains(source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Shards_whose_messages_were_lost_are_sent_after_a_quiet_while()
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Equal(0, (await rig.CountMessagesAsync()).Shards);

        _time.Advance(Reconcile.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task A_job_with_messages_in_the_queue_or_failed_shards_is_left_alone()
    {
        var rig = await StartAsync();
        var waiting = await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        _time.Advance(TimeSpan.FromHours(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Equal(1, (await rig.CountMessagesAsync()).Shards);

        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, $$"""{"job":"{{waiting}}","shard":0}""", Cancellation);
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        var failed = await rig.GetAsync(waiting);
        Assert.Equal((JobStatus.Failed, 0), (failed.State, (await rig.CountMessagesAsync()).Shards));
    }

    [Fact]
    public async Task A_job_whose_last_shard_was_killed_before_success_is_completed()
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync(SourceTests.Gzip("猫\n"u8.ToArray()), "txt.gz"));

        // 1. Part and record are written (2 writes, 3 with the log's creation); the process is killed at _SUCCESS and its message is lost,
        // too.
        var dying = JobRig.WithSmallShards(azurite, demo.Encoder, new KillSwitch(writes: 4, carriedOut: false));
        await Assert.ThrowsAsync<KilledException>(dying.DrainAsync);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        Assert.Equal((JobStatus.Running, 1), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone));

        // 2. The timer.
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        var status = await rig.GetAsync(job);
        Assert.Equal(JobStatus.Succeeded, status.State);
        Assert.DoesNotContain($"{job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Staged_text_that_nobody_reads_goes_and_a_retry_stages_it_again(bool cancel)
    {
        var rig = await StartAsync();
        var job = await PlanStagedAsync(rig, cancel);
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Contains($"{job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job));

        _time.Advance(Reconcile.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.DoesNotContain($"{job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job));

        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();
        var status = await rig.GetAsync(job);
        Assert.Equal(JobStatus.Succeeded, status.State);
        Assert.Equal(["1:1:猫", "2:2:犬"], await rig.RowsAsync(status));
        Assert.DoesNotContain($"{job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job));
    }

    [Fact]
    public async Task A_retry_whose_text_is_gone_and_whose_source_was_replaced_fails_with_the_reason()
    {
        var rig = await StartAsync();
        var job = await PlanStagedAsync(rig, cancel: true);
        await rig.Storage.Jobs.DeleteBlobAsync(StorageNames.StagedText(job), cancellationToken: Cancellation);
        await rig.UploadAsync((await rig.GetAsync(job)).Source, SourceTests.Gzip("鳥\n"u8.ToArray()));

        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();

        var status = await rig.GetAsync(job);
        Assert.Equal(JobStatus.Failed, status.State);
        Assert.Contains("was deleted or overwritten before it was read to its end", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staged_text_of_no_job_goes()
    {
        var rig = await StartAsync();
        var job = JobId.Compute(Guid.NewGuid().ToString(), "0x1", "f", new JobOptions());
        await rig.Storage.Jobs.GetBlobClient(StorageNames.StagedText(job)).UploadAsync(BinaryData.FromString("猫\n"), Cancellation);
        _time.Advance(Reconcile.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, job));
    }

    [Fact]
    public async Task An_upload_in_two_steps_is_one_job()
    {
        var rig = await StartAsync();
        var source = $"{Guid.NewGuid():N}.txt";

        // 1. A client of ADLS Gen2 creates the file. It has 0 bytes until the client is done, which may take longer than a minute.
        await rig.UploadAsync(source, []);
        await rig.PlanJob.RunAsync(Event("CreateFile", 0), Cancellation);
        _time.Advance(TimeSpan.FromMinutes(5));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.DoesNotContain(await PlannedAsync(rig), message => message.Contains(source, StringComparison.Ordinal));

        // 2. It flushes what it has appended, and closes the file.
        await rig.UploadAsync(source, "猫\n"u8.ToArray());
        await rig.PlanJob.RunAsync(Event("FlushWithClose", 4), Cancellation);
        await rig.DrainAsync();

        Assert.Equal(
            JobStatus.Succeeded, Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == source).State);

        string Event(string api, int bytes) => $$$"""
            {"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/texts/blobs/{{{source}}}",
             "data": {"api": "{{{api}}}", "eTag": "0x1", "contentLength": {{{bytes}}}, "contentOffset": 0}}
            """;
    }

    [Fact]
    public async Task What_is_sent_for_lost_events_and_messages_does_not_expire()
    {
        var rig = await StartAsync();
        await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.UploadAsync("犬\n");

        _time.Advance(Reconcile.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        await MessageLifetimeTests.AssertNeverExpireAsync(rig.Storage.PlanQueue);
        await MessageLifetimeTests.AssertNeverExpireAsync(rig.Storage.ShardsQueue);
    }

    /// <summary>On an empty account: an hour later, sources and jobs that other tests have left behind look lost, too.</summary>
    private async Task<JobRig> StartAsync()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: _time);
        foreach (var container in (Azure.Storage.Blobs.BlobContainerClient[])[rig.Storage.Texts, rig.Storage.Jobs])
        {
            foreach (var blob in await JobRig.ListAsync(container, ""))
            {
                await container.DeleteBlobAsync(blob, cancellationToken: Cancellation);
            }
        }

        return rig;
    }

    private static async Task<List<string>> PlannedAsync(JobRig rig) =>
        [.. (await rig.Storage.PlanQueue.PeekMessagesAsync(32, Cancellation)).Value.Select(message => message.Body.ToString())];

    /// <summary>A job with staged text and without messages, which waits for its user.</summary>
    private static async Task<string> PlanStagedAsync(JobRig rig, bool cancel)
    {
        var job = await rig.PlanAsync(await rig.UploadAsync(SourceTests.Gzip("猫\n犬\n"u8.ToArray()), "txt.gz"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await (cancel
            ? rig.Client.CancelAsync(job, Cancellation)
            : rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, $$"""{"job":"{{job}}","shard":0}""", Cancellation));
        return job;
    }
}
