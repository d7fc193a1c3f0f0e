using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

public sealed partial class ReconcileTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Staged_text_that_nobody_reads_goes_and_a_retry_stages_it_again(bool cancel)
    {
        var rig = await StartAsync();
        var job = await PlanStagedAsync(rig, cancel);
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Contains($"{job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job));

        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
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
        _time.Advance(OpenJobs.Quiet + TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(
            "the runs come to the text, and it is gone",
            async () =>
            {
                await rig.Get<Reconcile>().RunAsync(Cancellation);
                return (await JobRig.ListAsync(rig.Storage.Jobs, job)).Count == 0;
            },
            Cancellation);
    }

    /// <summary>A job with staged text and without messages, which waits for its user.</summary>
    private static async Task<string> PlanStagedAsync(JobRig rig, bool cancel)
    {
        var job = await rig.PlanAsync(await rig.UploadAsync(SourceTests.Gzip("猫\n犬\n"u8.ToArray()), "txt.gz"));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await (cancel
            ? rig.Client.CancelAsync(job, Cancellation)
            : rig.FailAsync(job, 0));
        return job;
    }
}
