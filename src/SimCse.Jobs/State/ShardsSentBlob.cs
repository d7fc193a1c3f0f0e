using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// Reads and writes <see cref="ShardsSent"/>, and remembers what it last saw, because most messages of a job need not look. Thread-safe.
/// </summary>
internal sealed class ShardsSentBlob(JobStorage storage, TimeProvider time)
{
    private const int Capacity = 64;

    private readonly ConcurrentDictionary<string, ShardsSent> _seen = new();

    /// <summary>What this process last saw; it may be out of date.</summary>
    public ShardsSent? Seen(string job) => _seen.GetValueOrDefault(job);

    /// <summary>
    /// The state, and its ETag unless the job waits for a user; <see langword="null"/> when nothing has been let in or the job is complete.
    /// </summary>
    /// <exception cref="UnreadableRecordException">The blob is of a newer version.</exception>
    public async Task<(ShardsSent State, ETag? ETag)?> TryReadAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        foreach (var name in (string[])[StorageNames.Open(manifest.Job), StorageNames.Sent(manifest.Job)])
        {
            if (await TryDownloadAsync(name, cancellationToken) is { } content)
            {
                var state = Parse(content, name);
                state = state with { Sent = Math.Min(state.Sent, manifest.Shards.Count) };
                Remember(manifest.Job, state);
                return (state, name == StorageNames.Open(manifest.Job) ? content.Details.ETag : null);
            }
        }

        return null;
    }

    /// <summary>Writes the state over the one with this ETag, or as the first one when there is no ETag.</summary>
    /// <returns>The new ETag; <see langword="null"/> when another process was faster.</returns>
    public async Task<ETag?> TryWriteAsync(string job, ShardsSent state, ETag? over, CancellationToken cancellationToken)
    {
        var json = StoredRecord.Write(state with { At = time.GetUtcNow() }, JobsJson.Default.ShardsSent);
        var conditions = over is { } etag
            ? new BlobRequestConditions { IfMatch = etag }
            : new BlobRequestConditions { IfNoneMatch = ETag.All };
        try
        {
            var written = await storage.Jobs.GetBlobClient(StorageNames.Open(job)).UploadAsync(
                BinaryData.FromBytes(json), new BlobUploadOptions { Conditions = conditions }, cancellationToken);
            Remember(job, state);
            return written.Value.ETag;
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e) || (over is not null && JobStorage.IsNotFound(e)))
        {
            return null;
        }
    }

    /// <summary>Puts a job that waited for a user among the open ones again.</summary>
    /// <returns><see langword="false"/> when nothing of it was ever let in.</returns>
    public async Task<bool> TryOpenAsync(string job, CancellationToken cancellationToken)
    {
        if (await TryDownloadAsync(StorageNames.Sent(job), cancellationToken) is not { } parked)
        {
            return await storage.Jobs.GetBlobClient(StorageNames.Open(job)).ExistsAsync(cancellationToken);
        }

        await JobStorage.TryCreateAsync(
            storage.Jobs, StorageNames.Open(job), parked.Content.ToStream(), metadata: null, cancellationToken);
        return true;
    }

    /// <summary>Takes a cancelled or failed job from the open ones, and keeps its state. A retry at the same time wins.</summary>
    public async Task ParkAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(manifest, cancellationToken) is ({ } state, { } etag))
        {
            await JobStorage.WriteAsync(
                storage.Jobs, StorageNames.Sent(manifest.Job), state, JobsJson.Default.ShardsSent, cancellationToken);
            await CloseAsync(manifest.Job, cancellationToken, etag);
        }
    }

    /// <summary>Takes a job from the open ones, unless it was opened again since it had this ETag.</summary>
    public Task CloseAsync(string job, CancellationToken cancellationToken, ETag? etag = null) =>
        JobStorage.TryDeleteAsync(storage.Jobs, StorageNames.Open(job), etag, cancellationToken);

    private async Task<BlobDownloadResult?> TryDownloadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.Jobs.GetBlobClient(name).DownloadContentAsync(cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            return null;
        }
    }

    /// <summary>What cannot be read says nothing: a retry or Reconcile lets in again what is missing, and writes it anew.</summary>
    private ShardsSent Parse(BlobDownloadResult content, string name)
    {
        try
        {
            return StoredRecord.Read(
                content.Content, JobsJson.Default.ShardsSent, JobStorage.BlobName(storage.Jobs, name), content.Details.ETag);
        }
        catch (UnreadableRecordException e) when (!e.IsNewer)
        {
            return ShardsSent.None;
        }
    }

    private void Remember(string job, ShardsSent state)
    {
        if (_seen.Count >= Capacity)
        {
            _seen.Clear();
        }

        _seen[job] = state;
    }
}
