using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>A record and the bytes that it was read from, so that a copy of it is the same to the byte.</summary>
public sealed record StoredResult<T>(T Record, BinaryData Content);

public sealed partial class JobClient
{
    /// <summary>
    /// The results that are current, in ordinal order of their sources, for the source of exactly this name, or else for all whose names
    /// begin with it. A request returns 5,000 of them.
    /// </summary>
    /// <param name="sourceOrPrefix">A source, or the beginning of names; empty for all.</param>
    /// <param name="since">Only results that became current after this time; the resolution is that of storage, one second.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<IReadOnlyList<CurrentSource>> ListCurrentAsync(
        string sourceOrPrefix = "", DateTimeOffset? since = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sourceOrPrefix);
        var sources = new List<CurrentSource>();
        try
        {
            await foreach (var blob in storage.Embeddings.GetBlobsAsync(
                new GetBlobsOptions { Prefix = StorageNames.LatestFolder + sourceOrPrefix, Traits = BlobTraits.Metadata },
                cancellationToken))
            {
                if (StorageNames.TryGetLatest(blob.Name) is { } source
                    && LatestJob.TryRead(source, blob.Metadata, blob.Properties.LastModified.GetValueOrDefault()) is { } current)
                {
                    sources.Add(current);
                }
            }

            if (sources.Count == 0)
            {
                sources.AddRange(await ListOldAsync(sourceOrPrefix, cancellationToken));
            }
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            // A new account: the container is made by the first job.
        }

        var exact = sources.FindAll(current => current.Source == sourceOrPrefix);
        return [.. (exact.Count > 0 ? exact : sources).Where(current => since is null || current.ChangedOn > since)
            .OrderBy(current => current.Source, StringComparer.Ordinal)];
    }

    /// <summary>
    /// The record of a source's newest complete job; <see langword="null"/> when no version of it is complete. Its content is as it is
    /// stored.
    /// </summary>
    /// <exception cref="PermanentJobException">The record is broken, or of a newer release.</exception>
    public async Task<StoredResult<LatestJob>?> TryGetLatestAsync(string source, CancellationToken cancellationToken = default) =>
        await TryReadResultAsync(StorageNames.Latest(source), JobsJson.Default.LatestJob, cancellationToken)
        ?? await TryReadResultAsync(StorageNames.OldLatest(source), JobsJson.Default.LatestJob, cancellationToken);

    /// <summary><c>_SUCCESS</c> of a job; <see langword="null"/> when it is not complete, or was deleted.</summary>
    /// <exception cref="PermanentJobException">The record is broken, or of a newer release.</exception>
    public Task<StoredResult<JobSuccess>?> TryGetSuccessAsync(string source, string job, CancellationToken cancellationToken = default) =>
        TryReadResultAsync(StorageNames.Success(source, job), JobsJson.Default.JobSuccess, cancellationToken);

    /// <summary>Reads a copy of <c>_SUCCESS</c>; <see langword="null"/> when it is none, or cut off.</summary>
    public static JobSuccess? TryParseSuccess(BinaryData content) => TryParse(content, JobsJson.Default.JobSuccess);

    /// <summary>Reads a copy of the record of a latest job; <see langword="null"/> when it is none, or cut off.</summary>
    public static LatestJob? TryParseLatest(BinaryData content) => TryParse(content, JobsJson.Default.LatestJob);

    /// <summary>The results of an account whose app has not run since its release kept each record beside the job's folder.</summary>
    private async Task<List<CurrentSource>> ListOldAsync(string prefix, CancellationToken cancellationToken)
    {
        var sources = new List<CurrentSource>();
        await foreach (var blob in storage.Embeddings.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken))
        {
            if (blob.Name.EndsWith(StorageNames.OldLatestSuffix, StringComparison.Ordinal)
                && blob.Name.Length - StorageNames.OldLatestSuffix.Length >= prefix.Length
                && await TryReadResultAsync(blob.Name, JobsJson.Default.LatestJob, cancellationToken) is { Record: var latest }
                && await _manifests.TryGetAsync(latest.Job, cancellationToken) is { } manifest)
            {
                sources.Add(new CurrentSource(
                    latest.Source, latest.Job, latest.Path, manifest.Texts, blob.Properties.LastModified.GetValueOrDefault()));
            }
        }

        return sources;
    }

    private static T? TryParse<T>(BinaryData content, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return StoredRecord.Read(content, type, blob: "", default);
        }
        catch (UnreadableRecordException)
        {
            return null;
        }
    }

    private async Task<StoredResult<T>?> TryReadResultAsync<T>(string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            var content = (await storage.Embeddings.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
            return new StoredResult<T>(
                StoredRecord.Read(content.Content, type, JobStorage.BlobName(storage.Embeddings, name), content.Details.ETag),
                content.Content);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            return null;
        }
    }
}
