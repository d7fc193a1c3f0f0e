using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>
/// <c>State/Version1</c> holds all blobs as release 0.1.0 left them, whose records but the manifest had no version: a job of three shards
/// of which the first is done, the second lacks its record and the third has failed; and one job each that is complete, cancelled, and
/// not planned.
/// </summary>
[Collection(nameof(JobRig))]
public sealed class EarlierReleaseTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Half = "d6bcjmshrhis5idzg2jd";
    private const string Done = "rfeacnybzp6azvxmzjht";
    private const string Cancelled = "j27cd6wlmktkmjbyo5wq";
    private const string Failed = "grvk5pdu6hktiot42oqj";
    private const string MetadataSuffix = ".metadata";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_the_release_before_has_half_done_is_finished()
    {
        var rig = await RestoreAsync();
        var before = await rig.GetAsync(Half);
        Assert.Equal((JobStatus.Running, 1, 1), (before.State, before.ShardsDone, before.ShardsFailed));
        Assert.Equal("The model could not be loaded: no bundle here", before.Reason);

        await rig.EncodeShard.RunAsync($$"""{"job":"{{Half}}","shard":1}""", null, Cancellation);
        Assert.Equal(JobStatus.Failed, (await rig.GetAsync(Half)).State);
        await rig.Client.RetryAsync(Half, Cancellation);
        await rig.DrainAsync();

        var job = await rig.GetAsync(Half);
        Assert.Equal((JobStatus.Succeeded, 4L, 1L), (job.State, job.Rows, job.Errors));
        Assert.Equal(["1:1:一", "3:3:三", "4:4:四", "5:5:五"], await rig.RowsAsync(job));
        Assert.StartsWith("{\"line\":2,", Assert.Single(await rig.ErrorsAsync(job)), StringComparison.Ordinal);
        Assert.Equal(job.Output + "errors/part-00000.jsonl", job.ErrorFile); // as the job has begun
        Assert.Equal(["1", "1"], await VersionsAsync(rig, job)); // of the part and of _SUCCESS
    }

    [Fact]
    public async Task A_job_with_the_progress_records_of_the_first_release_is_finished()
    {
        var rig = await RestoreAsync();

        // 160 bytes, without the times that came later; so is the metadata of the parts.
        var log = rig.Storage.Jobs.GetAppendBlobClient(StorageNames.Progress(Half));
        var sha = new string('a', 64);
        await log.CreateAsync(cancellationToken: Cancellation);
        using var record = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(
            $"00000            1            1              3            0           2330           24 {sha}".PadRight(159) + "\n"));
        await log.AppendBlockAsync(record, cancellationToken: Cancellation);
        var part = rig.Storage.Embeddings.GetBlobClient(StorageNames.Part("half.txt", Half, 1));
        var metadata = (await part.GetPropertiesAsync(cancellationToken: Cancellation)).Value.Metadata;
        metadata.Remove("startedms");
        metadata.Remove("totalms");
        await part.SetMetadataAsync(metadata, cancellationToken: Cancellation);

        await rig.EncodeShard.RunAsync($$"""{"job":"{{Half}}","shard":1}""", null, Cancellation);
        await rig.EncodeShard.RunAsync($$"""{"job":"{{Half}}","shard":2}""", null, Cancellation);

        var job = await rig.GetAsync(Half);
        Assert.Equal((JobStatus.Succeeded, 4L, 1L), (job.State, job.Rows, job.Errors));
    }

    [Fact]
    public async Task Jobs_of_the_release_before_are_shown_and_can_be_taken_up_again()
    {
        var rig = await RestoreAsync();

        var jobs = (await rig.Client.ListAsync(Cancellation)).ToDictionary(job => job.Job);

        Assert.Equal((JobStatus.Succeeded, 3L), (jobs[Done].State, jobs[Done].Rows));
        Assert.Equal((JobStatus.Cancelled, "cancelled.txt.gz"), (jobs[Cancelled].State, jobs[Cancelled].Source));
        Assert.Equal((JobStatus.Failed, "failed.txt"), (jobs[Failed].State, jobs[Failed].Source));
        Assert.Equal(JobStatus.Running, jobs[Half].State);
        Assert.Contains(
            await rig.Client.ListRejectedAsync(Cancellation), rejected => rejected.Body == "not ours" && rejected.At.Year == 2026);
        Assert.Equal(
            new SubmissionResult(Half), await rig.Client.TryGetSubmissionAsync("21292703610e4b4980b5092af194526f", Cancellation));
        await rig.Client.RetryAsync(Cancelled, Cancellation);
        await rig.DrainAsync();
        Assert.Equal((JobStatus.Succeeded, 3L), ((await rig.GetAsync(Cancelled)).State, (await rig.GetAsync(Cancelled)).Rows));
    }

    [Fact]
    public async Task A_complete_job_of_the_release_before_stays_the_latest()
    {
        var rig = await RestoreAsync();
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        var manifest = await rig.Get<ManifestCache>().TryGetAsync(Done, Cancellation);

        Assert.True(await rig.Get<JobCommit>().TryCompleteAsync(manifest!, 2, Cancellation));

        // Its record has gone to the folder where a listing finds it.
        Assert.Equal([StorageNames.Latest("done.txt")], (await JobRig.ListAsync(rig.Storage.Embeddings, "done.txt")).Where(IsRecord));
        Assert.Equal(Done, Assert.Single(await rig.Client.ListCurrentAsync("done.txt", cancellationToken: Cancellation)).Job);

        static bool IsRecord(string name) => name.EndsWith(".json", StringComparison.Ordinal);
    }

    private static async Task<string?[]> VersionsAsync(JobRig rig, JobStatus job)
    {
        var part = await rig.Storage.Embeddings.GetBlobClient(StorageNames.Part(job.Source, job.Job, 2))
            .GetPropertiesAsync(cancellationToken: Cancellation);
        var success = await rig.Storage.Embeddings.GetBlobClient(StorageNames.Success(job.Source, job.Job))
            .DownloadContentAsync(Cancellation);
        using var record = JsonDocument.Parse(success.Value.Content);
        return [part.Value.Metadata[StoredRecord.VersionName], record.RootElement.GetProperty(StoredRecord.VersionName).GetRawText()];
    }

    /// <summary>The recorded blobs on an empty account. The sources get new ETags, and the model may have changed since.</summary>
    private async Task<JobRig> RestoreAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        await rig.EmptyAsync();
        var folder = Path.Combine(RepositoryRoot.Path, "tests/SimCse.Jobs.Tests/State/Version1");
        foreach (var container in (BlobContainerClient[])[rig.Storage.Texts, rig.Storage.Jobs, rig.Storage.Embeddings])
        {
            var root = Path.Combine(folder, container.Name);
            foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                if (!path.EndsWith(MetadataSuffix, StringComparison.Ordinal))
                {
                    await RestoreAsync(rig, container, Path.GetRelativePath(root, path).Replace('\\', '/'), path);
                }
            }
        }

        return rig;
    }

    private async Task RestoreAsync(JobRig rig, BlobContainerClient container, string name, string path)
    {
        var bytes = await File.ReadAllBytesAsync(path, Cancellation);
        if (name.EndsWith("/job.json", StringComparison.Ordinal))
        {
            using var manifest = JsonDocument.Parse(bytes);
            var source = rig.Storage.Texts.GetBlobClient(manifest.RootElement.GetProperty("source").GetString());
            bytes = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(bytes)
                .Replace(
                    manifest.RootElement.GetProperty("sourceETag").GetString()!,
                    JobStorage.Version((await source.GetPropertiesAsync(cancellationToken: Cancellation)).Value.ETag),
                    StringComparison.Ordinal)
                .Replace(
                    manifest.RootElement.GetProperty("model").GetProperty("fingerprint").GetString()!,
                    demo.Encoder.Bundle.Model.Fingerprint, StringComparison.Ordinal));
        }

        using var content = new MemoryStream(bytes);
        if (name.EndsWith("/progress", StringComparison.Ordinal))
        {
            var log = container.GetAppendBlobClient(name);
            await log.CreateAsync(cancellationToken: Cancellation);
            await log.AppendBlockAsync(content, cancellationToken: Cancellation);
            return;
        }

        var metadata = File.Exists(path + MetadataSuffix)
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(path + MetadataSuffix, Cancellation))
            : null;
        await container.GetBlobClient(name).UploadAsync(content, new BlobUploadOptions { Metadata = metadata }, Cancellation);
    }
}
