using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Deleted jobs leave nothing behind, mislead nobody on the way, and stay deleted.</summary>
[Collection(nameof(JobRig))]
public sealed class RemovalTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_job_leaves_the_older_version_as_the_latest()
    {
        var (rig, older, newer) = await TwoVersionsAsync();

        var deleted = await rig.Client.DeleteAsync(newer.Job, Cancellation);

        Assert.Equal((newer.Job, null), (deleted!.Value.Status.Job, await rig.Client.GetAsync(newer.Job, Cancellation)));
        Assert.True(deleted.Value.Size is { Blobs: >= 4, Bytes: > 1_000 });
        Assert.Equal(older.Job, await LatestAsync(rig, older.Source));
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, newer.Output!));
        Assert.DoesNotContain(newer.Job, (await rig.Client.ListAsync(Cancellation)).Select(job => job.Job));
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(older.Job)).State);

        await rig.Client.DeleteAsync(older.Job, Cancellation);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, older.Source));
        Assert.Equal([older.Source], await JobRig.ListAsync(rig.Storage.Texts, older.Source));
    }

    [Fact]
    public async Task A_deleted_job_comes_back_only_when_it_is_asked_for()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(5));
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: time);
        await rig.EmptyAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"));
        await rig.Client.DeleteAsync(job.Job, Cancellation);

        // Neither a late event, nor a late message of its shard, nor Reconcile begins it.
        await rig.Storage.PlanQueue.SendMessageAsync($$"""{"source":"{{job.Source}}"}""", Cancellation);
        await rig.Storage.ShardsQueue.SendMessageAsync($$"""{"job":"{{job.Job}}","shard":0}""", Cancellation);
        await rig.DrainAsync();
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        await rig.DrainAsync();
        Assert.Null(await rig.Client.GetAsync(job.Job, Cancellation));
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));

        var again = await rig.RunAsync(job.Source);
        Assert.Equal((job.Job, JobStatus.Succeeded, 1L), (again.Job, again.State, again.Rows));
    }

    [Fact]
    public async Task A_running_job_is_not_deleted()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync("猫\n"));

        var refused = await rig.Client.DeleteAsync(job, Cancellation);
        Assert.Contains("is running; cancel it first", refused!.Value.Status.DeleteProblem, StringComparison.Ordinal);
        await rig.Client.CancelAsync(job, Cancellation);
        Assert.Null((await rig.Client.DeleteAsync(job, Cancellation))!.Value.Status.DeleteProblem);

        Assert.Null(await rig.Client.GetAsync(job, Cancellation));
        Assert.Null(await rig.Client.DeleteAsync(job, Cancellation));
    }

    /// <summary>Whatever write is the last one, no complete job lacks a part and nobody is led to a job that is not complete.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_write_a_deletion_is_brought_to_its_end(bool carriedOut)
    {
        for (var (writes, isKilled) = (0, true); isKilled; writes++)
        {
            var rig = await JobRig.StartAsync(azurite, demo.Encoder);
            await rig.EmptyAsync();
            var job = await rig.RunAsync(await rig.UploadAsync("{\"text\":\"猫\"}\n{}\n", "jsonl"));
            var killSwitch = new KillSwitch(writes, carriedOut);
            try
            {
                await JobRig.WithSmallShards(azurite, demo.Encoder, killSwitch).Client.DeleteAsync(job.Job, Cancellation);
            }
            catch (KilledException)
            {
            }

            var left = await JobRig.ListAsync(rig.Storage.Embeddings, job.Source);
            if (left.Contains(StorageNames.Success(job.Source, job.Job)))
            {
                Assert.Contains(StorageNames.Part(job.Source, job.Job, 0), left);
            }

            Assert.True(!left.Contains(StorageNames.Latest(job.Source)) || left.Contains(StorageNames.Success(job.Source, job.Job)));
            isKilled = killSwitch.IsKilled;
            if (await rig.Client.GetAsync(job.Job, Cancellation) is not { IsBeingDeleted: false })
            {
                await rig.Get<FinishedJobs>().RunAsync(new ReconcileState(), new HashSet<string>(), Cancellation);
                Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));
                Assert.Equal(
                    [StorageNames.Cancelled(job.Job), StorageNames.Deleted(job.Job)],
                    await JobRig.ListAsync(rig.Storage.Jobs, $"{job.Job}/"));
            }
            else
            {
                Assert.True(writes == 0 || (writes, carriedOut) == (0, true), "Nothing says that the job is to be gone.");
            }

            Assert.True(writes < 50);
        }
    }

    [Fact]
    public async Task The_marks_of_a_deletion_go_when_nothing_can_name_the_job_any_more()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: time);
        await rig.EmptyAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"));
        await rig.Client.DeleteAsync(job.Job, Cancellation);
        time.Advance(TimeSpan.FromHours(1));
        await rig.Get<FinishedJobs>().RunAsync(new ReconcileState(), new HashSet<string>(), Cancellation);
        Assert.NotEmpty(await JobRig.ListAsync(rig.Storage.Jobs, $"{job.Job}/"));

        await rig.Storage.Texts.DeleteBlobAsync(job.Source, cancellationToken: Cancellation);
        await rig.Get<FinishedJobs>().RunAsync(new ReconcileState(), new HashSet<string>(), Cancellation);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, $"{job.Job}/"));
    }

    [Theory]
    [InlineData(null, null, 3)]
    [InlineData(7, null, 2)]
    [InlineData(null, 7, 2)]
    [InlineData(7, 7, 1)]
    [InlineData(60, 60, 3)]
    public async Task Old_versions_and_unfinished_jobs_go_when_the_settings_say_so(int? oldVersions, int? unfinished, int left)
    {
        var (rig, _, newer) = await TwoVersionsAsync();
        var cancelled = await rig.PlanAsync(await rig.UploadAsync("犬\n"));
        await rig.Client.CancelAsync(cancelled, Cancellation);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(30));
        var later = await JobRig.StartAsync(
            azurite, demo.Encoder, time: time, settings: new AppSettings(KeepOldVersionsDays: oldVersions, KeepUnfinishedDays: unfinished),
            reconcile: ReconcileLimits.Default with { Skew = TimeSpan.FromHours(-1) }); // all sources are settled at once

        var shown = new List<ExpiredJob>();
        await foreach (var expired in later.Client.FindExpiredAsync(Retention.Of(later.Get<AppSettings>()), Cancellation))
        {
            shown.Add(expired);
        }

        for (var run = 0; run < 3; run++)
        {
            await later.Get<Reconcile>().RunAsync(Cancellation);
        }

        var jobs = await later.Client.ListAsync(Cancellation);
        Assert.Equal((left, 3 - left), (jobs.Count, shown.Count));
        Assert.All(shown, expired => Assert.True(expired is { Size.Blobs: > 0, Reason.Length: > 0 }));
        Assert.Contains(newer.Job, jobs.Select(job => job.Job));
        Assert.Empty(shown.Select(expired => expired.Status.Job).Intersect(jobs.Select(job => job.Job)));
        Assert.Equal(newer.Job, await LatestAsync(later, newer.Source));
    }

    /// <summary>An account with two complete versions of one source.</summary>
    private async Task<(JobRig Rig, JobStatus Older, JobStatus Newer)> TwoVersionsAsync()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.EmptyAsync();
        var source = await rig.UploadAsync("猫\n");
        var older = await rig.RunAsync(source);
        await Eventually.TrueAsync( // Last-Modified has whole seconds
            "a later second", () => Task.FromResult(DateTimeOffset.UtcNow.ToUnixTimeSeconds() > older.CreatedOn!.Value.ToUnixTimeSeconds()),
            Cancellation);
        await rig.UploadAsync(source, "犬\n"u8.ToArray());
        return (rig, older, await rig.RunAsync(source));
    }

    private static async Task<string> LatestAsync(JobRig rig, string source)
    {
        var content = await rig.Storage.Embeddings.GetBlobClient(StorageNames.Latest(source)).DownloadContentAsync(Cancellation);
        using var json = System.Text.Json.JsonDocument.Parse(content.Value.Content);
        return json.RootElement.GetProperty("job").GetString()!;
    }
}
