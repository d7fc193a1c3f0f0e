using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Lists of jobs in parts, and the job that a word stands for.</summary>
[Collection(nameof(JobRig))]
public sealed class JobListTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parts_of_a_list_hold_each_job_once_whatever_is_added_meanwhile()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var folder = $"{Guid.NewGuid():N}/";
        foreach (var name in (string[])["a.txt", "b.txt", "c.txt", "d.pdf", "e.txt"])
        {
            await rig.Storage.Texts.GetBlobClient(folder + name).UploadAsync(BinaryData.FromString("猫\n"), Cancellation);
            await rig.RunAsync(folder + name);
        }

        var (query, listed) = (new JobQuery(SourcePrefix: folder), new List<JobStatus>());
        JobPage? page = null;
        do
        {
            page = await rig.Client.ListPageAsync(query, size: 2, page?.ContinuationToken, Cancellation);
            Assert.InRange(page.Jobs.Count, 1, 2);
            listed.AddRange(page.Jobs);
            await AddFailedAsync(rig, NewJob(), $"{folder}new.txt"); // newer than the part, or as new
        }
        while (page.ContinuationToken is not null && listed.Count < 50);

        Assert.Equal(listed.Count, listed.DistinctBy(job => job.Job).Count());
        Assert.Equal(
            ["a.txt", "b.txt", "c.txt", "d.pdf", "e.txt"],
            listed.Select(job => job.Source[folder.Length..]).Where(name => name != "new.txt").Order());
        var facts = await JobListing.ReadAsync(rig.Storage, Cancellation); // a manifest was begun a little before it was stored
        Assert.Equal(listed.OrderByDescending(job => facts[job.Job].CreatedOn), listed);
        var failed = await rig.Client.ListPageAsync(query with { State = JobStatus.Failed }, size: 50, cancellationToken: Cancellation);
        Assert.All(failed.Jobs, job => Assert.Equal(JobStatus.Failed, job.State));
        Assert.Contains(failed.Jobs, job => job.Source == $"{folder}d.pdf");
        Assert.Null(failed.ContinuationToken);
        Assert.Empty((await rig.Client.ListPageAsync(query with { State = JobStatus.Running }, 50, cancellationToken: Cancellation)).Jobs);
        Assert.True((await rig.Client.ListAsync(query, Cancellation)).Total >= 5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("abcd")]
    [InlineData("2020")]
    public async Task A_continuation_token_that_is_none_is_refused(string token)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await Assert.ThrowsAsync<FormatException>(() => rig.Client.ListPageAsync(new JobQuery(), 1, token, Cancellation));
    }

    [Fact]
    public async Task The_beginning_of_an_id_and_a_submission_stand_for_a_job()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var start = NewJob()[..17];
        await AddFailedAsync(rig, start + "aaa", "a.txt");
        await AddFailedAsync(rig, start + "abb", "b.txt");
        var submission = await rig.Client.SubmitAsync(await rig.UploadAsync("猫\n"), cancellationToken: Cancellation);

        Assert.True((await rig.Client.FindAsync(submission, Cancellation)).IsPlanning);
        await rig.DrainAsync();

        Assert.Equal(start + "abb", (await rig.Client.FindAsync(start + "ab", Cancellation)).Job);
        Assert.Equal(start + "abb", (await rig.Client.FindAsync($" {start.ToUpperInvariant()}AB", Cancellation)).Job);
        var several = await rig.Client.FindAsync(start, Cancellation);
        Assert.Null(several.Job);
        Assert.Contains($"begins the ids of 2 jobs: {start}aaa, {start}abb.", several.Problem, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync((await rig.Client.FindAsync(submission, Cancellation)).Job!)).State);
        Assert.Contains("There is no job", (await rig.Client.FindAsync(start + "b", Cancellation)).Problem, StringComparison.Ordinal);
        Assert.Contains("There is no job", (await rig.Client.FindAsync("../x", Cancellation)).Problem, StringComparison.Ordinal);
        Assert.Contains("There is no job", (await rig.Client.FindAsync("", Cancellation)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_job_says_how_fast_it_is_and_how_far_its_shards_are()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var log = new RequestLog();
        var rig = JobRig.WithTalkativeShards(azurite, demo.Encoder, log);
        var done = await rig.RunAsync(await rig.UploadAsync("一\n二\n三\n四\n五\n"));

        // A shard tells how far it is while it is encoded, and not any more when it is done.
        Assert.Contains($"PUT devstoreaccount1/jobs/{done.Job}/running/00000", log.Requests);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, $"{done.Job}/running/"));
        Assert.True(done.TextsPerSecond > 0);

        await JobRig.StartAsync(azurite, demo.Encoder);
        var small = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await small.PlanAsync(await small.UploadAsync("一\n二\n三\n四\n五\n"));
        await TellAsync(small, job, shard: 1, texts: 1);
        await small.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":0}""", null, Cancellation);
        var running = await small.GetAsync(job);
        Assert.Equal((2L, 1L, 3L), (running.Rows, running.TextsRunning, running.TextsDone));
        Assert.True(running.TimeLeft > TimeSpan.Zero);

        // What a killed host left behind counts no more when the shard is done.
        await small.DrainAsync();
        var succeeded = await small.GetAsync(job);
        Assert.Equal((5L, 0L, null), (succeeded.Rows, succeeded.TextsRunning, succeeded.TimeLeft));
    }

    private static async Task TellAsync(JobRig rig, string job, int shard, int texts) =>
        await rig.Storage.Jobs.GetBlobClient($"{job}/running/{shard:00000}").UploadAsync(
            BinaryData.Empty,
            new Azure.Storage.Blobs.Models.BlobUploadOptions
            {
                Metadata = new Dictionary<string, string>
                {
                    ["version"] = "1",
                    ["texts"] = $"{texts}",
                    ["startedms"] = $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1000}",
                    ["atms"] = $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}",
                },
            },
            Cancellation);

    private static string NewJob() =>
        new([.. Guid.NewGuid().ToString("N").Select(digit => (char)(digit is < 'a' ? digit - '0' + 'g' : digit)).Take(20)]);

    /// <summary>A job that could not be planned.</summary>
    private static async Task AddFailedAsync(JobRig rig, string job, string source) =>
        await rig.Storage.Jobs.GetBlobClient($"{job}/failed.json").UploadAsync(
            BinaryData.FromString($$"""{"version":1,"reason":"x","at":"2026-11-27T00:00:00+00:00","source":"{{source}}"}"""), Cancellation);
}
