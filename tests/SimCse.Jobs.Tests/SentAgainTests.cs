using Azure;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Messages that were given up because the host was killed each time, or storage was out of reach.</summary>
[Collection(nameof(JobRig))]
public sealed class SentAgainTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Five = "一\n二\n三\n四\n五\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shard_whose_hosts_were_killed_is_sent_again_and_the_job_says_so()
    {
        var (rig, job) = await PlanAsync();

        await PoisonAsync(rig, job);

        Assert.Equal(1, (await rig.CountMessagesAsync()).Shards);
        await MessageLifetimeTests.AssertNeverExpireAsync(rig.Storage.ShardsQueue);
        var status = Assert.Single(await rig.Client.ListAsync(Cancellation), status => status.Job == job);
        Assert.Equal((JobStatus.Running, 0), (status.State, status.ShardsFailed));
        Assert.Equal(["Shard 1 was sent again after its host ended, or storage was out of reach, 5 times."], status.Notes);
        await rig.DrainAsync();
        Assert.Equal(1, (await rig.GetAsync(job)).ShardsDone);
    }

    [Fact]
    public async Task A_shard_that_ends_every_host_is_given_up_in_the_end_and_retry_begins_anew()
    {
        var (rig, job) = await PlanAsync();
        for (var i = 0; i < Resend.Limit; i++)
        {
            await PoisonAsync(rig, job);
            Assert.Equal(0, (await rig.GetAsync(job)).ShardsFailed);
        }

        await PoisonAsync(rig, job);

        Assert.Equal(Resend.Limit, (await rig.CountMessagesAsync()).Shards);
        var failed = await rig.GetAsync(job);
        Assert.Equal(1, failed.ShardsFailed);
        Assert.EndsWith(
            "(out of memory, killed, or storage out of reach). It was sent again 3 times, and given up after 20 tries. Once its cause is " +
            $"gone, 'simcse jobs retry {job}' tries it again.",
            failed.Reason, StringComparison.Ordinal);
        await rig.Client.RetryAsync(job, Cancellation);
        Assert.Empty((await rig.GetAsync(job)).Notes);
        await PoisonAsync(rig, job);
        Assert.Equal(0, (await rig.GetAsync(job)).ShardsFailed);
    }

    [Theory]
    [InlineData(503, "ServerBusy", true)]
    [InlineData(403, "AuthorizationFailure", true)]
    [InlineData(400, "InvalidHeaderValue", false)]
    public async Task Only_an_attempt_that_failed_by_itself_makes_a_failure(int status, string code, bool isSentAgain)
    {
        var (rig, job) = await PlanAsync();
        var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt("part-00001.parquet", status, code));
        await Assert.ThrowsAsync<RequestFailedException>(() => fails.EncodeShard.RunAsync(Message(job), null, Cancellation));

        await PoisonAsync(rig, job);

        Assert.Equal(
            (isSentAgain ? 1 : 0, isSentAgain ? 0 : 1),
            ((await rig.CountMessagesAsync()).Shards, (await rig.GetAsync(job)).ShardsFailed));
    }

    [Fact]
    public async Task The_attempts_before_a_retry_say_nothing_about_those_after_it()
    {
        var (rig, job) = await PlanAsync();
        await rig.Get<JobFailures>().RecordAttemptAsync(job, 1, new InvalidOperationException("Broken."));
        await PoisonAsync(rig, job);
        Assert.Equal("Broken.", (await rig.GetAsync(job)).Reason);
        await rig.Client.RetryAsync(job, Cancellation);

        await PoisonAsync(rig, job);

        Assert.Equal(0, (await rig.GetAsync(job)).ShardsFailed);
    }

    [Theory]
    [InlineData("attempts/00001.json", 1)]
    [InlineData("resent/00001.json", 1)]
    [InlineData("failures/00001.json", 0)]
    public async Task A_record_that_cannot_be_read_ends_the_tries_and_nothing_else(string record, int failed)
    {
        var (rig, job) = await PlanAsync();
        await rig.Storage.Jobs.GetBlobClient($"{job}/{record}").UploadAsync(BinaryData.FromString("{"), Cancellation);

        await PoisonAsync(rig, job);
        if (failed == 0)
        {
            await rig.DrainAsync();
        }

        Assert.Equal(failed, (await rig.GetAsync(job)).ShardsFailed);
    }

    [Fact]
    public async Task A_plan_whose_hosts_were_killed_is_sent_again_and_given_up_in_the_end()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(Five);
        var message = $$"""{"source":"{{source}}","options":{"normalize":true},"submission":"{{Guid.NewGuid():N}}"}""";
        for (var i = 0; i <= Resend.Limit; i++)
        {
            Assert.Null(await rig.Client.TryGetSubmissionAsync(message[^34..^2], Cancellation));
            await rig.Get<RecordPoison>().RunAsync(StorageNames.PlanQueue, message, Cancellation);
        }

        var answer = await rig.Client.TryGetSubmissionAsync(message[^34..^2], Cancellation);
        Assert.Contains("given up after 20 tries", answer!.Error, StringComparison.Ordinal);
        await rig.DrainAsync();
        var job = await rig.GetAsync(answer.Job!);
        Assert.Equal((JobStatus.Succeeded, true), (job.State, job.Options!.Normalize));
    }

    private static string Message(string job) => $$"""{"job":"{{job}}","shard":1}""";

    private static Task PoisonAsync(JobRig rig, string job) =>
        rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, Message(job), Cancellation);

    /// <summary>A job of three shards whose messages have been taken.</summary>
    private async Task<(JobRig Rig, string Job)> PlanAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync(Five));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        return (rig, job);
    }
}
