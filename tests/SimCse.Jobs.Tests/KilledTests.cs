using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>
/// Promise 1: every text comes out exactly once, whatever is killed. A whole job is run over and over, and killed at its first write to
/// storage, at its second, and so on until it lives to its end; each time both before and after the write is carried out.
/// </summary>
[Collection(nameof(JobRig))]
public sealed class KilledTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int MoreWritesThanAJobNeeds = 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Killed_at_any_write_the_job_is_completed_by_the_next_process(bool carriedOut) =>
        KillEverywhereAsync(carriedOut, shards: 3, killSwitch => JobRig.WithSmallShards(azurite, demo.Encoder, killSwitch));

    /// <summary>The shards come in two portions, so there is a kill at each write that lets in the second one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Killed_at_any_write_a_job_of_several_portions_is_completed_by_the_next_process(bool carriedOut) =>
        KillEverywhereAsync(carriedOut, shards: 3, killSwitch => JobRig.WithSmallPortions(azurite, demo.Encoder, killSwitch));

    /// <summary>Blocks of a part that were sent by a process that was killed are nobody's.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Killed_at_any_write_of_a_shard_with_several_row_groups_the_job_is_completed_by_the_next_process(bool carriedOut) =>
        KillEverywhereAsync(carriedOut, shards: 1, killSwitch => JobRig.WithSmallSlices(azurite, demo.Encoder, killSwitch));

    /// <summary><c>_SUCCESS</c> comes first: who follows the record of the latest job finds a complete job.</summary>
    [Fact]
    public async Task Killed_before_SUCCESS_a_job_is_not_the_latest()
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await outside.UploadAsync("猫\n");
        var job = await outside.PlanAsync(source);

        await Assert.ThrowsAsync<KilledException>(
            JobRig.WithSmallShards(azurite, demo.Encoder, new KillSwitch(writes: 0, carriedOut: false, to: "/_SUCCESS")).DrainAsync);

        Assert.Equal([StorageNames.Part(source, job, 0)], await JobRig.ListAsync(outside.Storage.Embeddings, source));
    }

    private async Task KillEverywhereAsync(bool carriedOut, int shards, Func<KillSwitch?, JobRig> process)
    {
        var lives = 0;
        for (var writes = 0; lives == 0 && writes < MoreWritesThanAJobNeeds; writes++)
        {
            lives += await SurvivesAsync(new KillSwitch(writes, carriedOut), shards, process) ? 1 : 0;
        }

        Assert.Equal(1, lives);
    }

    /// <returns>Whether the job was complete before the switch had counted to its end.</returns>
    private async Task<bool> SurvivesAsync(KillSwitch killSwitch, int shards, Func<KillSwitch?, JobRig> process)
    {
        // 1. A compressed source with a bad line, in several shards or row groups: staging, error rows, several records.
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await outside.UploadAsync(SourceTests.Gzip([.. "一\n二\n"u8, 0xFF, .. "\n四\n五\n"u8]), "txt.gz");
        var submission = await outside.Client.SubmitAsync(source, cancellationToken: TestContext.Current.CancellationToken);

        // 2. A process works on it and is killed.
        try
        {
            await process(killSwitch).DrainAsync();
        }
        catch (KilledException)
        {
            Assert.True(killSwitch.IsKilled);
        }

        // 3. The host delivers again what was not acknowledged, to another process.
        await process(null).DrainAsync();

        // 4. All is there once, and nothing is left over.
        var job = await outside.GetAsync(
            (await outside.Client.WaitForSubmissionAsync(submission, TestContext.Current.CancellationToken)).Job!);
        Assert.Equal((JobStatus.Succeeded, shards, 4L, 1L), (job.State, job.ShardsDone, job.Rows, job.Errors));
        Assert.Equal(["1:1:一", "2:2:二", "4:4:四", "5:5:五"], await outside.RowsAsync(job));
        Assert.StartsWith("{\"line\":3,", Assert.Single(await outside.ErrorsAsync(job)), StringComparison.Ordinal);
        Assert.Contains(StorageNames.Latest(source), await JobRig.ListAsync(outside.Storage.Embeddings, source));
        Assert.DoesNotContain(StorageNames.Open(job.Job), await JobRig.ListAsync(outside.Storage.Jobs, StorageNames.OpenJobs));
        Assert.DoesNotContain($"{job.Job}/text", await JobRig.ListAsync(outside.Storage.Jobs, job.Job));
        return !killSwitch.IsKilled;
    }
}
