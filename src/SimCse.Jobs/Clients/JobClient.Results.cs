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
    /// The sources that have a complete version, in ordinal order: the one of exactly this name, or else all whose names begin with it.
    /// </summary>
    public async Task<IReadOnlyList<string>> ListCompleteSourcesAsync(string sourceOrPrefix, CancellationToken cancellationToken = default)
    {
        var (sources, suffix) = (new List<string>(), StorageNames.Latest(""));
        try
        {
            // A listing of the whole container would be wasted on one source, which is the usual case.
            if (sourceOrPrefix.Length > 0 && BlobName.Problem(StorageNames.Latest(sourceOrPrefix)) is null
                && await storage.Embeddings.GetBlobClient(StorageNames.Latest(sourceOrPrefix)).ExistsAsync(cancellationToken))
            {
                return [sourceOrPrefix];
            }

            await foreach (var blob in storage.Embeddings.GetBlobsAsync(
                new GetBlobsOptions { Prefix = sourceOrPrefix }, cancellationToken))
            {
                if (blob.Name.EndsWith(suffix, StringComparison.Ordinal) && blob.Name.Length - suffix.Length >= sourceOrPrefix.Length)
                {
                    sources.Add(blob.Name[..^suffix.Length]);
                }
            }
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            // A new account: the container is made by the first job.
        }

        sources.Sort(StringComparer.Ordinal);
        return sources;
    }

    /// <summary><c>latest.json</c> of a source; <see langword="null"/> when no version of it is complete.</summary>
    /// <exception cref="PermanentJobException">The record is broken, or of a newer release.</exception>
    public Task<StoredResult<LatestJob>?> TryGetLatestAsync(string source, CancellationToken cancellationToken = default) =>
        TryReadResultAsync(StorageNames.Latest(source), JobsJson.Default.LatestJob, cancellationToken);

    /// <summary><c>_SUCCESS</c> of a job; <see langword="null"/> when it is not complete, or was deleted.</summary>
    /// <exception cref="PermanentJobException">The record is broken, or of a newer release.</exception>
    public Task<StoredResult<JobSuccess>?> TryGetSuccessAsync(string source, string job, CancellationToken cancellationToken = default) =>
        TryReadResultAsync(StorageNames.Success(source, job), JobsJson.Default.JobSuccess, cancellationToken);

    /// <summary>Reads a copy of <c>_SUCCESS</c>; <see langword="null"/> when it is none, or cut off.</summary>
    public static JobSuccess? TryParseSuccess(BinaryData content) => TryParse(content, JobsJson.Default.JobSuccess);

    /// <summary>Reads a copy of <c>latest.json</c>; <see langword="null"/> when it is none, or cut off.</summary>
    public static LatestJob? TryParseLatest(BinaryData content) => TryParse(content, JobsJson.Default.LatestJob);

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
