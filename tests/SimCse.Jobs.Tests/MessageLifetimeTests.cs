using Azure.Storage.Queues;
using SimCse.Jobs.Clients;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>The service would drop a message after seven days: whoever sends one must say that it waits for as long as it takes.</summary>
[Collection(nameof(JobRig))]
public sealed class MessageLifetimeTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int YearOfNever = 9999; // what storage answers for a time-to-live of -1

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submission_does_not_expire()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.Client.SubmitAsync("a.txt", cancellationToken: Cancellation);
        await AssertNeverExpireAsync(rig.Storage.PlanQueue);
    }

    [Fact]
    public async Task The_shards_of_a_plan_do_not_expire()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.PlanAsync(await rig.UploadAsync("猫\n"));
        await AssertNeverExpireAsync(rig.Storage.ShardsQueue);
    }

    [Fact]
    public async Task The_retry_of_a_failed_plan_does_not_expire()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync($"{Guid.NewGuid():N}.txt");
        await rig.Client.RetryAsync(job.Job, Cancellation);
        await AssertNeverExpireAsync(rig.Storage.PlanQueue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_retry_of_shards_does_not_expire(bool othersRun)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync(othersRun ? "一\n二\n三\n" : "一\n"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.FailAsync(job, 0);

        var before = await rig.Client.RetryAsync(job, Cancellation);

        Assert.Equal(othersRun ? JobStatus.Running : JobStatus.Failed, before!.State);
        await AssertNeverExpireAsync(rig.Storage.ShardsQueue);
    }

    internal static async Task AssertNeverExpireAsync(QueueClient queue)
    {
        var messages = (await queue.PeekMessagesAsync(queue.MaxPeekableMessages, Cancellation)).Value;
        Assert.NotEmpty(messages);
        Assert.All(messages, message => Assert.Equal(YearOfNever, message.ExpiresOn!.Value.Year));
    }
}
