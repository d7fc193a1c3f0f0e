using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary><c>embeddings/{source}/latest.json</c>, which names the newest complete job of a source. Thread-safe.</summary>
internal sealed class LatestBlob(JobStorage storage, ManifestCache manifests, ILogger<LatestBlob> logger)
{
    /// <summary>
    /// Writes <c>latest.json</c>, but never replaces a newer version: the job of an older version of the source may finish last.
    /// </summary>
    public async Task UpdateAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var ours = Of(manifest);
        var blob = storage.Embeddings.GetBlobClient(StorageNames.Latest(manifest.Source));
        while (true)
        {
            if (await ConditionsAsync(ours, blob, cancellationToken) is not { } conditions)
            {
                return;
            }

            try
            {
                await blob.UploadAsync(
                    BinaryData.FromBytes(StoredRecord.Write(ours, JobsJson.Default.LatestJob)),
                    new BlobUploadOptions { Conditions = conditions }, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
            {
                // Another job of this source has just written it: look again.
            }
        }
    }

    /// <summary>On what the record of the latest job may be written; <see langword="null"/> when it must stay as it is.</summary>
    private async Task<BlobRequestConditions?> ConditionsAsync(LatestJob ours, BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var content = await blob.DownloadContentAsync(cancellationToken);
            var theirs = StoredRecord.Read(
                content.Value.Content, JobsJson.Default.LatestJob, JobStorage.BlobName(storage.Embeddings, blob.Name),
                content.Value.Details.ETag);
            return theirs.Job == ours.Job || (
                theirs.SourceLastModified, theirs.CreatedOn).CompareTo((ours.SourceLastModified, ours.CreatedOn)) > 0
                ? null
                : new BlobRequestConditions { IfMatch = content.Value.Details.ETag };
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            return new BlobRequestConditions { IfNoneMatch = ETag.All }; // this is the first complete job of the source
        }
        catch (UnreadableRecordException e)
        {
            // Nobody can follow a broken one, so it is replaced. A newer one may name a newer version of the source.
            Log.RecordUnreadable(logger, ours.Job, e.Message);
            return e.IsNewer ? null : new BlobRequestConditions { IfMatch = e.ETag };
        }
    }

    /// <summary>
    /// Lets <c>latest.json</c> name the next older complete job of the source if it names this one, which is about to go; without another
    /// it is deleted.
    /// </summary>
    public async Task ForgetAsync(string source, string job, CancellationToken cancellationToken)
    {
        var blob = storage.Embeddings.GetBlobClient(StorageNames.Latest(source));
        while (await TryReadAsync(blob, cancellationToken) is ({ } latest, var etag) && latest.Job == job)
        {
            var next = await FindNewestAsync(source, except: job, cancellationToken);
            try
            {
                var conditions = new BlobRequestConditions { IfMatch = etag };
                await (next is null
                    ? blob.DeleteIfExistsAsync(conditions: conditions, cancellationToken: cancellationToken)
                    : (Task)blob.UploadAsync(
                        BinaryData.FromBytes(StoredRecord.Write(Of(next), JobsJson.Default.LatestJob)),
                        new BlobUploadOptions { Conditions = conditions }, cancellationToken));
            }
            catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
            {
                // Another job of this source has just written it: look again.
            }
        }
    }

    /// <summary>The record and its ETag; <see langword="null"/> when there is none that can be read.</summary>
    private async Task<(LatestJob Latest, ETag ETag)?> TryReadAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var content = (await blob.DownloadContentAsync(cancellationToken)).Value;
            return (
                StoredRecord.Read(
                    content.Content, JobsJson.Default.LatestJob, JobStorage.BlobName(storage.Embeddings, blob.Name), content.Details.ETag),
                content.Details.ETag);
        }
        catch (Exception e) when (e is UnreadableRecordException || (e is RequestFailedException failed && JobStorage.IsNotFound(failed)))
        {
            return null;
        }
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

    private static LatestJob Of(JobManifest manifest) => new(
        manifest.Job, manifest.SourceETag, manifest.SourceLastModified, manifest.CreatedOn, manifest.Model.Fingerprint,
        StorageNames.Output(manifest.Source, manifest.Job));
}
