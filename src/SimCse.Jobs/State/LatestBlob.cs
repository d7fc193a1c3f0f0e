using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// <c>embeddings/_latest/{source}.json</c>, which names the newest complete job of a source. What earlier releases wrote,
/// <c>{source}/latest.json</c>, is read as well, and goes when there is the other. Thread-safe.
/// </summary>
internal sealed class LatestBlob(JobStorage storage, ManifestCache manifests, ILogger<LatestBlob> logger)
{
    private readonly record struct Stored(string Name, ETag ETag, LatestJob? Record, UnreadableRecordException? Problem);

    /// <summary>The newest complete job of a source; <see langword="null"/> when no version is complete.</summary>
    /// <exception cref="UnreadableRecordException">The record is broken, or of a newer release.</exception>
    public static async Task<LatestJob?> TryReadAsync(JobStorage storage, string source, CancellationToken cancellationToken) =>
        await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.Latest(source), JobsJson.Default.LatestJob, cancellationToken)
        ?? await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.OldLatest(source), JobsJson.Default.LatestJob, cancellationToken);

    /// <summary>The newest complete job of a source; <see langword="null"/> when there is none whose record can be read.</summary>
    public async Task<LatestJob?> TryReadAsync(string source, CancellationToken cancellationToken) =>
        (await FindAsync(source, cancellationToken)).Record;

    /// <summary>
    /// Writes the record, but never replaces a newer version: the job of an older version of the source may finish last.
    /// </summary>
    public async Task UpdateAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var ours = LatestJob.Of(manifest);
        while (await ConditionsAsync(ours, cancellationToken) is { } conditions)
        {
            try
            {
                await WriteAsync(manifest, conditions, cancellationToken);
                await storage.Embeddings.DeleteBlobIfExistsAsync(
                    StorageNames.OldLatest(manifest.Source), cancellationToken: cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
            {
                // Another job of this source has just written it: look again.
            }
        }
    }

    /// <summary>
    /// Lets the record name the next older complete job of the source if it names this one, which is about to go; without another it is
    /// deleted.
    /// </summary>
    public async Task ForgetAsync(string source, string job, CancellationToken cancellationToken)
    {
        while (await FindAsync(source, cancellationToken) is { Record: { } latest } stored && latest.Job == job)
        {
            var next = await FindNewestAsync(source, except: job, cancellationToken);
            if (next is not null && stored.Name == StorageNames.Latest(source))
            {
                await TryAsync(
                    () => WriteAsync(next, new BlobRequestConditions { IfMatch = stored.ETag }, cancellationToken));
                continue;
            }

            await TryAsync(() => DeleteAsync(stored, cancellationToken));
            if (next is not null)
            {
                await UpdateAsync(next, cancellationToken);
            }
        }
    }

    /// <summary>Deletes the record of a source that is no longer there. Its parts stay, and its jobs can be found as before.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> ForgetDeletedAsync(string source, CancellationToken cancellationToken)
    {
        var isForgotten = false;
        while (await FindAsync(source, cancellationToken) is { Name: not null } stored
            && await JobStorage.TryGetPropertiesAsync(storage.Texts, source, cancellationToken) is null)
        {
            // The source was looked for after the record was read: a job of a new version has given the record another ETag.
            isForgotten |= await TryAsync(() => DeleteAsync(stored, cancellationToken));
        }

        return isForgotten;
    }

    /// <summary>On what the record of the latest job may be written; <see langword="null"/> when it must stay as it is.</summary>
    private async Task<BlobRequestConditions?> ConditionsAsync(LatestJob ours, CancellationToken cancellationToken)
    {
        if (await FindAsync(ours.Source, cancellationToken) is not { Name: not null } stored)
        {
            return new BlobRequestConditions { IfNoneMatch = ETag.All }; // this is the first complete job of the source
        }

        var isInPlace = stored.Name == StorageNames.Latest(ours.Source);
        var conditions = isInPlace
            ? new BlobRequestConditions { IfMatch = stored.ETag }
            : new BlobRequestConditions { IfNoneMatch = ETag.All };
        if (stored.Problem is { } problem)
        {
            // Nobody can follow a broken one, so it is replaced. A newer one may name a newer version of the source.
            Log.RecordUnreadable(logger, ours.Job, problem.Message);
            return problem.IsNewer ? null : conditions;
        }

        var theirs = stored.Record!;
        return theirs.Job == ours.Job
            ? (isInPlace ? null : conditions)
            : (theirs.SourceLastModified, theirs.CreatedOn).CompareTo((ours.SourceLastModified, ours.CreatedOn)) > 0 ? null : conditions;
    }

    private async Task WriteAsync(JobManifest manifest, BlobRequestConditions conditions, CancellationToken cancellationToken) =>
        await storage.Embeddings.GetBlobClient(StorageNames.Latest(manifest.Source)).UploadAsync(
            BinaryData.FromBytes(StoredRecord.Write(LatestJob.Of(manifest), JobsJson.Default.LatestJob)),
            new BlobUploadOptions { Conditions = conditions, Metadata = LatestJob.ToMetadata(manifest) }, cancellationToken);

    private async Task DeleteAsync(Stored stored, CancellationToken cancellationToken) => await storage.Embeddings.DeleteBlobIfExistsAsync(
        stored.Name, conditions: new BlobRequestConditions { IfMatch = stored.ETag }, cancellationToken: cancellationToken);

    /// <summary>Whether a write on a condition was done; otherwise another job of the source was faster, and its record counts.</summary>
    private static async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
        {
            return false;
        }
    }

    /// <summary>The record in its place, or else where earlier releases had it; the default when there is none.</summary>
    private async Task<Stored> FindAsync(string source, CancellationToken cancellationToken)
    {
        foreach (var name in (string[])[StorageNames.Latest(source), StorageNames.OldLatest(source)])
        {
            try
            {
                var content = (await storage.Embeddings.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
                try
                {
                    var record = StoredRecord.Read(
                        content.Content, JobsJson.Default.LatestJob, JobStorage.BlobName(storage.Embeddings, name), content.Details.ETag);
                    return new Stored(name, content.Details.ETag, record, null);
                }
                catch (UnreadableRecordException e)
                {
                    return new Stored(name, content.Details.ETag, null, e);
                }
            }
            catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
            {
                // The other place, then.
            }
        }

        return default;
    }

    private async Task<JobManifest?> FindNewestAsync(string source, string except, CancellationToken cancellationToken)
    {
        var complete = new List<JobManifest>();
        await foreach (var item in storage.Embeddings.GetBlobsByHierarchyAsync(
            new() { Prefix = $"{source}/", Delimiter = "/" }, cancellationToken))
        {
            if (item.IsPrefix && item.Prefix[(source.Length + 1)..].TrimEnd('/') is var job && job != except && JobId.IsValid(job)
                && await storage.Embeddings.GetBlobClient(StorageNames.Success(source, job)).ExistsAsync(cancellationToken)
                && await TryGetManifestAsync(job, cancellationToken) is { } manifest)
            {
                complete.Add(manifest);
            }
        }

        return complete.MaxBy(manifest => (manifest.SourceLastModified, manifest.CreatedOn));
    }

    private async Task<JobManifest?> TryGetManifestAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await manifests.TryGetAsync(job, cancellationToken);
        }
        catch (UnreadableRecordException)
        {
            return null;
        }
    }
}
