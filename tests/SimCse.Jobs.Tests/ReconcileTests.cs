using Azure.Core.Pipeline;
using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

[Collection(nameof(JobRig))]
public sealed partial class ReconcileTests(AzuriteFixture azurite, DemoBundle demo)
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

        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
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
        await rig.FailAsync(waiting, 0);
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        var failed = await rig.GetAsync(waiting);
        Assert.Equal((JobStatus.Failed, 0), (failed.State, (await rig.CountMessagesAsync()).Shards));
    }

    /// <summary>The mark of a shard that another delivery has finished since stays after a kill; it is no failure either.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_shards_do_not_wait_for_the_retry_of_those_that_failed(bool isDoneSince)
    {
        var rig = await StartAsync();
        var worker = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await worker.PlanAsync(await rig.UploadAsync("一\n二\n三\n四\n五\n"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        if (isDoneSince)
        {
            await worker.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":1}""", null, Cancellation);
        }

        await rig.FailAsync(job, 1);
        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        Assert.Equal(2, (await rig.CountMessagesAsync()).Shards);
        await worker.DrainAsync();
        Assert.Equal(isDoneSince ? JobStatus.Succeeded : JobStatus.Failed, (await rig.GetAsync(job)).State);
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

        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        await MessageLifetimeTests.AssertNeverExpireAsync(rig.Storage.PlanQueue);
        await MessageLifetimeTests.AssertNeverExpireAsync(rig.Storage.ShardsQueue);
    }

    [Fact]
    public async Task While_the_planner_has_messages_no_source_is_sent_to_it()
    {
        var rig = await StartAsync();
        foreach (var text in (string[])["猫\n", "犬\n"])
        {
            await rig.Client.SubmitAsync(await rig.UploadAsync(text), cancellationToken: Cancellation);
        }

        // One is in work, the other one waits.
        await rig.Storage.PlanQueue.ReceiveMessageAsync(cancellationToken: Cancellation);
        _time.Advance(TimeSpan.FromHours(1));
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        Assert.Equal(2, (await rig.CountMessagesAsync()).Plan);
    }

    [Fact]
    public async Task Finished_jobs_are_not_opened_again()
    {
        const int Jobs = 30;
        var requests = new RequestLog();
        var rig = await StartAsync(reconcile: ReconcileLimits.Default with { FinishedBlobs = 6, Skew = TimeSpan.Zero }, policy: requests);
        for (var i = 0; i < Jobs; i++)
        {
            await rig.RunAsync(await rig.UploadAsync($"{i}\n"));
        }

        // Storage tells times in seconds, and looks again at what was written in this one.
        var uploaded = await StorageTimeAsync(rig);
        await Eventually.TrueAsync(
            "a later second by storage's clock", async () => await StorageTimeAsync(rig) > uploaded + TimeSpan.FromSeconds(1),
            Cancellation);
        _time.Advance(TimeSpan.FromMinutes(2));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        requests.Requests.Clear();
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        // That a source is still there is asked of the few finished jobs of a run.
        Assert.DoesNotContain(
            requests.Requests,
            request => request.StartsWith("HEAD", StringComparison.Ordinal)
                && !request.Contains($"/{StorageNames.Texts}/", StringComparison.Ordinal));
        Assert.InRange(requests.Requests.Count, 1, Jobs * 3 / 2);
    }

    [Fact]
    public async Task A_run_that_looked_at_its_share_of_sources_leaves_the_others_to_the_next()
    {
        var rig = await StartAsync(reconcile: ReconcileLimits.Default with { SourcePages = 2, SourcesPerPage = 2 });
        for (var i = 0; i < 5; i++)
        {
            await rig.UploadAsync($"{i}\n");
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        foreach (var planned in (int[])[4, 1, 0])
        {
            await rig.Get<Reconcile>().RunAsync(Cancellation);
            Assert.Equal(planned, (await rig.CountMessagesAsync()).Plan);
            await rig.DrainAsync();
        }
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Other_options_or_another_model_lead_to_new_jobs_for_old_sources_only_if_a_setting_says_so(bool planOld, int planned)
    {
        var before = await StartAsync();
        var source = await before.UploadAsync("猫\n");
        await before.RunAsync(source);
        _time.Advance(TimeSpan.FromMinutes(2));
        await before.Get<Reconcile>().RunAsync(Cancellation);

        var after = await JobRig.StartAsync(
            azurite, demo.Encoder, new JobOptions { Normalize = true }, _time, planOldSources: planOld);
        for (var run = 0; run < 2; run++)
        {
            await after.Get<Reconcile>().RunAsync(Cancellation);
            Assert.Equal(run == 0 ? planned : 0, (await after.CountMessagesAsync()).Plan);
            await after.DrainAsync();
        }

        Assert.Equal(1 + planned, (await after.Client.ListAsync(Cancellation)).Count(job => job.Source == source));
    }

    /// <summary>As on the first run of this release, which knows nothing of what was before.</summary>
    [Fact]
    public async Task A_source_with_a_complete_job_of_another_model_counts_as_planned()
    {
        var before = await StartAsync();
        await before.RunAsync(await before.UploadAsync("猫\n"));
        var after = await JobRig.StartAsync(azurite, demo.Encoder, new JobOptions { Normalize = true }, _time);

        _time.Advance(TimeSpan.FromMinutes(2));
        await after.Get<Reconcile>().RunAsync(Cancellation);

        Assert.Equal(0, (await after.CountMessagesAsync()).Plan);
    }

    [Fact]
    public async Task A_missing_latest_is_written_and_a_part_that_was_deleted_is_told_and_can_be_written_again()
    {
        var rig = await StartAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n犬\n"));
        var part = StorageNames.Part(job.Source, job.Job, 0);
        foreach (var name in (string[])[StorageNames.Latest(job.Source), part])
        {
            await rig.Storage.Embeddings.DeleteBlobAsync(name, cancellationToken: Cancellation);
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        Assert.Contains(StorageNames.Latest(job.Source), await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));
        var damaged = await rig.GetAsync(job.Job);
        Assert.Equal((JobStatus.Succeeded, 0), (damaged.State, Assert.Single(damaged.Failures).Shard));
        Assert.Contains($"{part} was deleted", damaged.Reason, StringComparison.Ordinal);

        await rig.Client.RetryAsync(job.Job, Cancellation);
        await rig.DrainAsync();
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        var mended = await rig.GetAsync(job.Job);
        Assert.Equal((JobStatus.Succeeded, null), (mended.State, mended.Reason));
        Assert.Equal(["1:1:猫", "2:2:犬"], await rig.RowsAsync(mended));
    }

    [Fact]
    public async Task A_job_that_cannot_be_read_does_not_keep_the_others_from_their_end()
    {
        var rig = await StartAsync();
        List<string> jobs = [await rig.PlanAsync(await rig.UploadAsync("猫\n")), await rig.PlanAsync(await rig.UploadAsync("犬\n"))];
        jobs.Sort(StringComparer.Ordinal);
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Manifest(jobs[0])).UploadAsync(
            BinaryData.FromString("{"), overwrite: true, Cancellation);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        var next = await JobRig.StartAsync(azurite, demo.Encoder, time: _time);

        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
        await next.Get<Reconcile>().RunAsync(Cancellation);
        await next.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await next.GetAsync(jobs[1])).State);
    }

    [Fact]
    public async Task A_job_that_waits_for_a_user_is_closed_until_it_is_tried_again()
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        await rig.Client.CancelAsync(job, Cancellation);
        Assert.Equal([StorageNames.Open(job)], await JobRig.ListAsync(rig.Storage.Jobs, StorageNames.OpenJobs));

        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, StorageNames.OpenJobs));

        await rig.Client.RetryAsync(job, Cancellation);
        Assert.Equal([StorageNames.Open(job)], await JobRig.ListAsync(rig.Storage.Jobs, StorageNames.OpenJobs));
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, StorageNames.OpenJobs));
    }

    [Fact]
    public async Task A_job_that_the_previous_release_left_without_messages_is_found()
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.Storage.Jobs.DeleteBlobAsync(StorageNames.Open(job), cancellationToken: Cancellation);
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Sent(job)).UploadAsync(
            BinaryData.FromString("""{"messages":1,"at":"2026-11-01T00:00:00+00:00"}"""), overwrite: true, Cancellation);

        for (var run = 0; run < 2; run++)
        {
            _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
            await rig.Get<Reconcile>().RunAsync(Cancellation);
        }

        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    /// <summary>On an empty account: an hour later, sources and jobs that other tests have left behind look lost, too.</summary>
    private async Task<JobRig> StartAsync(ReconcileLimits? reconcile = null, HttpPipelinePolicy? policy = null)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: _time, reconcile: reconcile, policy: policy);
        await rig.EmptyAsync();
        return rig;
    }

    private static async Task<DateTimeOffset> StorageTimeAsync(JobRig rig) =>
        (await rig.Storage.Texts.GetPropertiesAsync(cancellationToken: Cancellation)).GetRawResponse().Headers.Date!.Value;

    private static async Task<List<string>> PlannedAsync(JobRig rig) =>
        [.. (await rig.Storage.PlanQueue.PeekMessagesAsync(32, Cancellation)).Value.Select(message => message.Body.ToString())];
}
