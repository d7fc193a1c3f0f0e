using Azure;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Cancel, retry, poison messages and reconciliation.</summary>
[Collection(nameof(JobRig))]
public sealed class OperationsTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Five = "一\n二\n三\n四\n五\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_job_encodes_nothing_more_until_it_is_retried()
    {
        var (rig, job) = await PlanFiveAsync();
        await rig.EncodeShard.RunAsync(Message(job, 1), null, Cancellation);

        var cancelled = await rig.Client.CancelAsync(job, Cancellation);
        await rig.DrainAsync();

        Assert.Equal((JobStatus.Cancelled, true), (cancelled!.State, cancelled.IsFinished));
        Assert.Equal(1, (await rig.GetAsync(job)).ShardsDone);

        await rig.Client.RetryAsync(job, Cancellation);
        Assert.Equal(2, (await rig.CountMessagesAsync()).Shards);
        await rig.DrainAsync();
        Assert.Equal((JobStatus.Succeeded, 5L), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).Rows));
    }

    [Fact]
    public async Task A_complete_job_can_be_neither_cancelled_nor_retried()
    {
        var (rig, job) = await PlanFiveAsync();
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.Client.CancelAsync(job, Cancellation))!.State);
        Assert.Equal(JobStatus.Succeeded, (await rig.Client.RetryAsync(job, Cancellation))!.State);

        Assert.Equal((0, 0), await rig.CountMessagesAsync());
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaaaaaa")]
    [InlineData("no job's id")]
    public async Task An_unknown_job_is_none(string job)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        Assert.Null(await rig.Client.GetAsync(job, Cancellation));
        Assert.Null(await rig.Client.CancelAsync(job, Cancellation));
        Assert.Null(await rig.Client.RetryAsync(job, Cancellation));
    }

    [Fact]
    public async Task A_shard_that_failed_five_times_fails_in_the_job_with_the_error_of_the_last_try()
    {
        var (rig, job) = await PlanFiveAsync();
        var broken = await JobRig.StartAsync(azurite, demo.Encoder, load: () => throw new FileNotFoundException("no bundle here"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broken.EncodeShard.RunAsync(Message(job, 1), null, Cancellation));

        await rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, Message(job, 1), Cancellation);

        var running = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Running, 1), (running.State, running.ShardsFailed));
        Assert.Equal("The model could not be loaded: no bundle here", running.Reason);
        foreach (var shard in (int[])[0, 2])
        {
            await rig.EncodeShard.RunAsync(Message(job, shard), null, Cancellation);
        }

        Assert.Equal(
            (JobStatus.Failed, 2, 1),
            ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsDone, (await rig.GetAsync(job)).ShardsFailed));
        await rig.Client.RetryAsync(job, Cancellation);
        Assert.Equal(1, (await rig.CountMessagesAsync()).Shards);
        await rig.DrainAsync();
        Assert.Equal((JobStatus.Succeeded, 5L), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).Rows));
    }

    [Fact]
    public async Task A_failed_shard_that_another_delivery_brings_to_its_end_has_not_failed()
    {
        var (rig, job) = await PlanFiveAsync();
        await rig.FailAsync(job, 1);
        Assert.Equal(1, Assert.Single((await rig.GetAsync(job)).Failures).Shard);

        await rig.EncodeShard.RunAsync(Message(job, 1), null, Cancellation);

        var status = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Running, 1, 0, null), (status.State, status.ShardsDone, status.ShardsFailed, status.Reason));
        Assert.Empty(status.Failures);
        Assert.DoesNotContain(await JobRig.ListAsync(rig.Storage.Jobs, job), blob => blob.Contains("failures", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Retry_of_a_cancelled_job_that_lacks_nothing_but_SUCCESS_completes_it()
    {
        // 1. All shards are done; the process is killed before it has said so, its message is lost, and a user loses patience.
        var (rig, job) = await PlanFiveAsync();
        var dying = JobRig.WithSmallShards(azurite, demo.Encoder, new KillSwitch(writes: 0, carriedOut: false, to: "/_SUCCESS"));
        await Assert.ThrowsAsync<KilledException>(dying.DrainAsync);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        var cancelled = await rig.Client.CancelAsync(job, Cancellation);
        Assert.Equal((JobStatus.Cancelled, 3), (cancelled!.State, cancelled.ShardsDone));

        // 2. One more delivery of any shard is enough.
        await rig.Client.RetryAsync(job, Cancellation);
        Assert.Equal(1, (await rig.CountMessagesAsync()).Shards);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task Retry_of_a_job_that_runs_sends_only_what_has_failed()
    {
        var (rig, job) = await PlanFiveAsync();
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.FailAsync(job, 2);

        await rig.Client.RetryAsync(job, Cancellation);

        var message = Assert.Single((await rig.Storage.ShardsQueue.ReceiveMessagesAsync(10, cancellationToken: Cancellation)).Value);
        Assert.Equal(Message(job, 2), message.Body.ToString());
        Assert.Empty((await rig.GetAsync(job)).Failures);
    }

    [Fact]
    public async Task A_plan_that_failed_five_times_fails_the_job_and_answers_the_submitter()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(Five);
        var message = $$"""{"source":"{{source}}","submission":"{{Guid.NewGuid():N}}"}""";
        var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt("/job.json", 400, "InvalidHeaderValue"));
        await Assert.ThrowsAsync<RequestFailedException>(() => fails.PlanJob.RunAsync(message, Cancellation));

        await rig.Get<RecordPoison>().RunAsync(StorageNames.PlanQueue, message, Cancellation);

        var job = Assert.Single(await rig.Client.ListAsync(cancellationToken: Cancellation), job => job.Source == source);
        var answer = await rig.Client.TryGetSubmissionAsync(message[^34..^2], Cancellation);
        Assert.Equal((JobStatus.Failed, job.Job, job.Reason), (job.State, answer!.Job, answer.Error));
        Assert.Equal("Storage answered 400 InvalidHeaderValue: False.", job.Reason);
        await rig.Client.RetryAsync(job.Job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job.Job)).State);
    }

    [Fact]
    public async Task A_plan_without_a_model_is_rejected_with_the_reason_and_the_submitter_hears_of_it()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, load: () => throw new FileNotFoundException("no bundle here"));
        await Eventually.TrueAsync(
            "the load to fail", () => Task.FromResult(rig.Get<WarmEncoder>().Status.State == WarmEncoderState.Failed), Cancellation);
        var submission = Guid.NewGuid().ToString("N");

        await rig.Get<RecordPoison>().RunAsync(StorageNames.PlanQueue, $$"""{"source":"a.txt","submission":"{{submission}}"}""", Cancellation);

        var answer = await rig.Client.WaitForSubmissionAsync(submission, Cancellation);
        Assert.Null(answer.Job);
        Assert.Contains("no bundle here", answer.Error, StringComparison.Ordinal);
        Assert.Contains(
            await rig.Client.ListRejectedAsync(Cancellation), rejected => rejected.Body.Contains(submission, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shard_that_is_stopped_midway_leaves_nothing_and_can_be_repeated()
    {
        var (rig, job) = await PlanFiveAsync();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var encoding = rig.EncodeShard.RunAsync(Message(job, 0), null, stopping.Token);
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => encoding);

        Assert.Empty((await rig.GetAsync(job)).Failures);
        Assert.DoesNotContain(await JobRig.ListAsync(rig.Storage.Jobs, job), blob => blob.Contains("attempts", StringComparison.Ordinal));
        await rig.DrainAsync();
        Assert.Equal(5L, (await rig.GetAsync(job)).Rows);
    }

    [Fact]
    public async Task A_plan_that_failed_can_be_retried_once_its_source_is_there()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}.txt";
        var failed = await rig.RunAsync(source);
        await rig.UploadAsync(source, "一\n"u8.ToArray());

        await rig.Client.RetryAsync(failed.Job, Cancellation);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Failed, failed.State);
        var job = Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == source);
        Assert.Equal(JobStatus.Succeeded, job.State);
    }

    [Fact]
    public async Task A_poison_message_that_is_not_ours_is_kept()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var body = $"garbage {Guid.NewGuid()}";
        await rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, body, Cancellation);
        Assert.Contains(await rig.Client.ListRejectedAsync(Cancellation), rejected => rejected.Body == body);
    }

    [Theory]
    [InlineData(StorageNames.PlanQueue)]
    [InlineData(StorageNames.ShardsQueue)]
    public async Task A_message_that_is_rejected_stays_in_its_queue_until_it_is_kept_elsewhere(string queue)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var body = $"garbage {Guid.NewGuid()}";
        await (queue == StorageNames.PlanQueue ? rig.Storage.PlanQueue : rig.Storage.ShardsQueue).SendMessageAsync(body, Cancellation);

        await Assert.ThrowsAsync<KilledException>(
            JobRig.WithSmallShards(azurite, demo.Encoder, new KillSwitch(writes: 0, carriedOut: false)).DrainAsync);
        await rig.DrainAsync();

        Assert.Equal(queue, Assert.Single(await rig.Client.ListRejectedAsync(Cancellation), rejected => rejected.Body == body).Queue);
    }

    [Theory]
    [InlineData(StorageNames.PlanQueue, "garbage")]
    [InlineData(StorageNames.PlanQueue, """{"source":"never.txt"}""")]
    [InlineData(StorageNames.ShardsQueue, "garbage")]
    [InlineData(StorageNames.ShardsQueue, """{"job":"aaaaaaaaaaaaaaaaaaaa","shard":0}""")]
    public async Task A_poison_message_is_not_acknowledged_before_it_is_recorded(string queue, string message)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var dying = JobRig.WithSmallShards(azurite, demo.Encoder, new KillSwitch(writes: 0, carriedOut: false));
        await dying.Get<WarmEncoder>().GetAsync(Cancellation); // without a model a plan is rejected
        await Assert.ThrowsAsync<KilledException>(() => dying.Get<RecordPoison>().RunAsync(queue, message, Cancellation));
    }

    private static string Message(string job, int shard) => $$"""{"job":"{{job}}","shard":{{shard}}}""";

    /// <summary>A job of three shards that wait in the queue.</summary>
    private async Task<(JobRig Rig, string Job)> PlanFiveAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        return (rig, await rig.PlanAsync(await rig.UploadAsync(Five)));
    }
}
