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
}
