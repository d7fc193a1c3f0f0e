using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A record that is cut off, damaged or of a newer release is the trouble of one job, which says so, and of no other.</summary>
[Collection(nameof(JobRig))]
public sealed class UnreadableJobTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Three = "一\n二\n三\n";

    private static readonly Dictionary<string, Func<string, string>> Damages = new()
    {
        ["cut off"] = json => json[..(json.Length / 2)],
        ["empty"] = _ => "",
        ["null"] = _ => "null",
        ["no object"] = _ => "[1]",
        ["no members"] = _ => "{}",
        ["no JSON"] = _ => "\u0001�",
        ["another job"] = json => json.Replace("\"job\":\"", "\"job\":\"aaaa", StringComparison.Ordinal),
        ["no shards"] = json => json[..json.IndexOf("[[", StringComparison.Ordinal)] + "[]}",
        ["shards of nothing"] = json => json[..json.IndexOf("[[", StringComparison.Ordinal)] + "[1,2]}",
        ["precision"] = json => json.Replace("\"fp32\"", "\"fp4\"", StringComparison.Ordinal),
        ["precision by number"] = json => json.Replace("\"fp32\"", "17", StringComparison.Ordinal),
        ["pooling"] = json => json.Replace("\"cls\"", "\"last\"", StringComparison.Ordinal),
        ["newer"] = json => json.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal),
        ["newer and different"] = _ => """{"version":2,"id":["x"]}""",
        ["newer, said later"] = _ => """{"id":["x"],"version":2}""",
    };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> All => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_manifest_that_cannot_be_read_is_one_line_in_the_list_and_stops_nothing_else(string damage)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Manifest(job), damage);
        var other = await rig.PlanAsync(await rig.UploadAsync(Three));

        // 1. Its shard is a recorded failure, and the other job's are not kept from being done.
        var fresh = Fresh(out var logs);
        await fresh.DrainAsync();
        Assert.Equal((0, 0), await rig.CountMessagesAsync());
        Assert.Contains(StorageNames.Failure(job, 0), await JobRig.ListAsync(rig.Storage.Jobs, job));

        // 2. The timer passes it by with a warning, and mends the other.
        await rig.ReopenAsync(await fresh.GetAsync(other));
        await fresh.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Contains(
            logs.Lines,
            line => line.Level == LogLevel.Warning && line.Message.Contains(StorageNames.Manifest(job), StringComparison.Ordinal));
        Assert.Equal(JobStatus.Succeeded, (await fresh.GetAsync(other)).State);

        // 3. It is shown, with the reason, and what to do.
        var listed = Assert.Single(await fresh.Client.ListAsync(Cancellation), status => status.Job == job);
        Assert.Equal((JobStatus.Unreadable, true, true), (listed.State, listed.IsFinished, listed.CreatedOn > DateTimeOffset.UnixEpoch));
        Assert.Equal(listed.Reason, (await fresh.GetAsync(job)).Reason);
        Assert.StartsWith($"'jobs/{job}/job.json' ", listed.Reason, StringComparison.Ordinal);
        Assert.Contains(
            damage.StartsWith("newer", StringComparison.Ordinal) ? "Update the app and the command line."
                : listed.Source == source ? $"'simcse jobs retry {job}' drops it"
                : "Submit the source again",
            listed.Reason, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Unreadable, (await fresh.Client.CancelAsync(job, Cancellation))!.State);
    }

    [Theory]
    [InlineData("cut off")]
    [InlineData("precision")]
    public async Task A_broken_manifest_is_made_again_by_retry_and_what_is_done_stays(string damage)
    {
        var rig = await StartAsync();
        var options = new JobOptions(Normalize: true);
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source, options);
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        var part = (await rig.Storage.Embeddings.GetBlobClient(StorageNames.Part(source, job, 0)).GetPropertiesAsync(
            cancellationToken: Cancellation)).Value.ETag;
        await WriteAsync(rig.Storage.Jobs, StorageNames.Manifest(job), damage == "cut off" ? Cut : Damages[damage]);

        var fresh = Fresh(out _);
        var before = await fresh.Client.RetryAsync(job, Cancellation);
        await fresh.DrainAsync();

        Assert.Equal((JobStatus.Unreadable, source, options), (before!.State, before.Source, before.Options));
        var after = await fresh.GetAsync(job);
        Assert.Equal((JobStatus.Succeeded, 3L, options), (after.State, after.Rows, after.Options));
        Assert.Equal(
            part,
            (await rig.Storage.Embeddings.GetBlobClient(StorageNames.Part(source, job, 0)).GetPropertiesAsync(
                cancellationToken: Cancellation)).Value.ETag);

        static string Cut(string json) => json[..json.IndexOf("\"model\"", StringComparison.Ordinal)];
    }

    [Fact]
    public async Task A_broken_manifest_is_made_again_when_its_source_is_submitted_again()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Manifest(job), "empty");
        var fresh = Fresh(out _);
        await Assert.ThrowsAsync<PermanentJobException>(() => fresh.Client.RetryAsync(job, Cancellation));

        Assert.Equal((JobStatus.Succeeded, job), ((await fresh.RunAsync(source)).State, (await fresh.RunAsync(source)).Job));
    }

    [Fact]
    public async Task A_manifest_that_is_made_again_with_other_shards_does_not_take_the_old_parts()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source);
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Manifest(job), "empty");

        // This process has shards of 4,096 texts.
        var status = await (await JobRig.StartAsync(azurite, demo.Encoder)).RunAsync(source);

        Assert.Equal((JobStatus.Failed, job), (status.State, status.Job));
        Assert.Contains("holds 2 texts and 0 errors; the manifest counts 3 texts", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_manifest_is_not_touched_by_plan_and_retry()
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Manifest(job), "newer");
        var fresh = Fresh(out _);

        var submission = await fresh.Client.SubmitAsync(source, cancellationToken: Cancellation);
        await fresh.DrainAsync();

        var reason = (await fresh.GetAsync(job)).Reason;
        Assert.Equal(
            $"'jobs/{job}/job.json' was written by a newer simcse: it has version 2, and this one reads up to version 1. " +
            "Update the app and the command line.",
            reason);
        Assert.Equal(reason, (await fresh.Client.TryGetSubmissionAsync(submission, Cancellation))!.Error);
        Assert.Equal(
            reason, (await Assert.ThrowsAsync<PermanentJobException>(() => fresh.Client.RetryAsync(job, Cancellation))).Message);
        Assert.Contains("\"version\":2", await ReadAsync(rig.Storage.Jobs, StorageNames.Manifest(job)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage\n")]
    [InlineData("00000 1 2 3\n")]
    [InlineData("99999999999 2 0 6 0 3222 1795751015407 22 2 aa\n")]
    public async Task A_broken_progress_log_makes_its_job_unreadable_until_retry_drops_it(string damage)
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync(Three));
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await WriteAsync(rig.Storage.Jobs, StorageNames.Progress(job), log => damage.Length > 0 ? damage : log[..100]);
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        var broken = Assert.Single(await rig.Client.ListAsync(Cancellation), status => status.Job == job);
        Assert.Equal((JobStatus.Unreadable, 3L), (broken.State, broken.Texts));
        Assert.StartsWith($"'jobs/{job}/progress' cannot be read: ", broken.Reason, StringComparison.Ordinal);
        Assert.Contains($"'simcse jobs retry {job}' drops it", broken.Reason, StringComparison.Ordinal);
        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal((JobStatus.Succeeded, 3L), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).Rows));
    }

    [Fact]
    public async Task A_progress_log_of_a_newer_release_is_named_as_such()
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync(Three));
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);
        await rig.Storage.Jobs.GetBlobClient(StorageNames.Progress(job)).SetMetadataAsync(
            new Dictionary<string, string> { [StoredRecord.VersionName] = "2" }, cancellationToken: Cancellation);

        Assert.StartsWith(
            $"'jobs/{job}/progress' was written by a newer simcse: it has version 2", (await rig.GetAsync(job)).Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut off", "drops it")]
    [InlineData("no members", "drops it")]
    [InlineData("newer", "written by a newer simcse")]
    public async Task A_SUCCESS_that_cannot_be_read_makes_its_job_unreadable(string damage, string expected)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = (await rig.RunAsync(source)).Job;
        await DamageAsync(rig.Storage.Embeddings, StorageNames.Success(source, job), damage);
        await rig.Get<Reconcile>().RunAsync(Cancellation);

        var broken = Assert.Single(await rig.Client.ListAsync(Cancellation), status => status.Job == job);
        Assert.Equal(JobStatus.Unreadable, broken.State);
        Assert.Contains(expected, broken.Reason, StringComparison.Ordinal);
        if (damage != "newer")
        {
            await rig.Client.RetryAsync(job, Cancellation);
            await rig.DrainAsync();
            Assert.Equal((JobStatus.Succeeded, 3L), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).Rows));
        }
    }

    [Theory]
    [InlineData("cut off")]
    [InlineData("empty")]
    [InlineData("no members")]
    [InlineData("newer")]
    public async Task Records_of_failures_that_cannot_be_read_hide_no_failure(string damage)
    {
        var rig = await StartAsync();
        var job = await rig.PlanAsync(await rig.UploadAsync(Three));
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);
        await rig.FailAsync(job, 1);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Failure(job, 1), damage);
        var unplanned = await rig.PlanAsync(await rig.UploadAsync("\n\n"));
        await DamageAsync(rig.Storage.Jobs, StorageNames.Failed(unplanned), damage);
        await rig.PlanJob.RunAsync("not ours", Cancellation);
        var rejected = Assert.Single(await JobRig.ListAsync(rig.Storage.Jobs, "poison/"));
        await DamageAsync(rig.Storage.Jobs, rejected, damage);

        var jobs = (await rig.Client.ListAsync(Cancellation)).ToDictionary(status => status.Job);

        Assert.Equal((JobStatus.Failed, 1), (jobs[job].State, jobs[job].ShardsFailed));
        Assert.StartsWith($"'jobs/{job}/failures/00001.json' ", jobs[job].Reason, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Unreadable, jobs[unplanned].State);
        Assert.StartsWith($"'jobs/{unplanned}/failed.json' ", jobs[unplanned].Reason, StringComparison.Ordinal);
        Assert.StartsWith(
            $"'jobs/{rejected}' ", Assert.Single(await rig.Client.ListRejectedAsync(Cancellation)).Reason, StringComparison.Ordinal);
        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Theory]
    [InlineData("cut off")]
    [InlineData("empty")]
    [InlineData("newer")]
    public async Task Records_that_only_have_to_be_there_may_hold_anything(string damage)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = await rig.PlanAsync(source);
        await rig.Client.CancelAsync(job, Cancellation);
        await DamageAsync(rig.Storage.Jobs, StorageNames.Cancelled(job), damage);
        if (damage != "newer")
        {
            await DamageAsync(rig.Storage.Jobs, StorageNames.Open(job), damage);
        }

        var submission = Assert.Single(await JobRig.ListAsync(rig.Storage.Jobs, "submissions/"));
        await DamageAsync(rig.Storage.Jobs, submission, damage);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Cancelled, Assert.Single(await rig.Client.ListAsync(Cancellation)).State);
        Assert.StartsWith(
            $"'jobs/{submission}' ",
            (await rig.Client.TryGetSubmissionAsync(submission["submissions/".Length..^".json".Length], Cancellation))!.Error,
            StringComparison.Ordinal);
        await rig.PlanAsync(source);
        Assert.Equal((0, 0), await rig.CountMessagesAsync());
        await rig.Client.RetryAsync(job, Cancellation);
        await rig.DrainAsync();
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Theory]
    [InlineData("cut off", true)]
    [InlineData("no members", true)]
    [InlineData("newer", false)]
    public async Task A_broken_latest_is_replaced_and_a_newer_one_stays(string damage, bool replaced)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        await rig.RunAsync(source);
        await DamageAsync(rig.Storage.Embeddings, StorageNames.Latest(source), damage);

        var job = await rig.RunAsync(source, new JobOptions(Normalize: true));

        Assert.Equal(JobStatus.Succeeded, job.State);
        Assert.Equal(
            replaced,
            (await ReadAsync(rig.Storage.Embeddings, StorageNames.Latest(source))).Contains(job.Job, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rows", "two")]
    [InlineData("sha256", null)]
    [InlineData("version", "2")]
    public async Task A_part_whose_metadata_cannot_be_read_fails_its_shard_and_is_not_replaced(string member, string? value)
    {
        var rig = await StartAsync();
        var source = await rig.UploadAsync(Three);
        var job = (await rig.RunAsync(source)).Job;
        var part = rig.Storage.Embeddings.GetBlobClient(StorageNames.Part(source, job, 0));
        var metadata = (await part.GetPropertiesAsync(cancellationToken: Cancellation)).Value.Metadata;
        metadata.Remove(member);
        if (value is not null)
        {
            metadata[member] = value;
        }

        await part.SetMetadataAsync(metadata, cancellationToken: Cancellation);
        await rig.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);

        Assert.Contains(
            $"'embeddings/{part.Name}' ", await ReadAsync(rig.Storage.Jobs, StorageNames.Failure(job, 0)), StringComparison.Ordinal);
    }

    private static string Message(string job, int shard) => $$"""{"job":"{{job}}","shard":{{shard}}}""";

    private static Task DamageAsync(BlobContainerClient container, string name, string damage) =>
        WriteAsync(container, name, Damages[damage]);

    /// <summary>Metadata stays as it is, and so does the form of a log that is only shortened.</summary>
    private static async Task WriteAsync(BlobContainerClient container, string name, Func<string, string> damage) =>
        await container.GetBlobClient(name).UploadAsync(
            BinaryData.FromString(damage(await ReadAsync(container, name))), overwrite: true, Cancellation);

    private static async Task<string> ReadAsync(BlobContainerClient container, string name) =>
        (await container.GetBlobClient(name).DownloadContentAsync(Cancellation)).Value.Content.ToString()
            .Replace("\\u0027", "'", StringComparison.Ordinal);

    /// <summary>A process that remembers no manifest.</summary>
    private JobRig Fresh(out CapturedLogs logs) =>
        JobRig.WithSmallShards(azurite, demo.Encoder, time: _time, logs: logs = new CapturedLogs());

    /// <summary>On an empty account: lists must hold nothing else.</summary>
    private async Task<JobRig> StartAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        await rig.EmptyAsync();
        return rig;
    }
}
