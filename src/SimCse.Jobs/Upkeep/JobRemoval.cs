using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>What a deleted job had in storage.</summary>
/// <param name="Blobs">The number of its blobs.</param>
/// <param name="Bytes">Their size.</param>
public readonly record struct JobSize(int Blobs, long Bytes)
{
    /// <summary>Adds sizes.</summary>
    public static JobSize operator +(JobSize one, JobSize other) => new(one.Blobs + other.Blobs, one.Bytes + other.Bytes);

    /// <inheritdoc cref="op_Addition"/>
    public JobSize Add(JobSize other) => this + other;
}

/// <summary>
/// Deletes a job in an order that may end anywhere: <c>deleted.json</c> first, by which Reconcile goes on; then the mark that stops its
/// shards, and the log, without which nothing completes it again; then the source's record of its latest job, so that nobody is led to it,
/// <c>_SUCCESS</c>, parts and errors, so that none of them is taken for a complete job; its records; and last the manifest, by which people
/// find it.
/// <c>deleted.json</c> and <c>cancelled.json</c> stay until no message can be on its way. Safe to repeat. Thread-safe.
/// </summary>
internal sealed class JobRemoval(JobStorage storage, ManifestCache manifests, LatestBlob latest, TimeProvider time)
{
    private const int Parallelism = 16;

    /// <summary>What the job has in storage.</summary>
    public async Task<JobSize> MeasureAsync(string source, string job, CancellationToken cancellationToken)
    {
        var size = default(JobSize);
        await foreach (var (_, blob) in ListAsync(source, job, cancellationToken))
        {
            size += new JobSize(1, blob.Properties.ContentLength ?? 0);
        }

        return size;
    }

    /// <summary>Deletes a job that does not run.</summary>
    public async Task<JobSize> RemoveAsync(DeletedJob deleted, string job, CancellationToken cancellationToken)
    {
        var (source, size) = (deleted.Source, default(JobSize));

        // 1. From now on the job is to be gone, and nothing works on it.
        await JobStorage.WriteAsync(storage.Jobs, StorageNames.Deleted(job), deleted, JobsJson.Default.DeletedJob, cancellationToken);
        var mark = new JobFailure(deleted.Reason, deleted.At);
        await JobStorage.TryCreateAsync(
            storage.Jobs, StorageNames.Cancelled(job), mark, JobsJson.Default.JobFailure, cancellationToken);
        await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Progress(job), cancellationToken: cancellationToken);

        // 2. Nobody is led to it. Reconcile may have written the record again before _SUCCESS was gone.
        if (source.Length > 0)
        {
            await latest.ForgetAsync(source, job, cancellationToken);
            await storage.Embeddings.DeleteBlobIfExistsAsync(StorageNames.Success(source, job), cancellationToken: cancellationToken);
            await latest.ForgetAsync(source, job, cancellationToken);
        }

        // 3. Output and records; 4. the manifest.
        string[] stay = [StorageNames.Deleted(job), StorageNames.Cancelled(job)];
        string[] last = [StorageNames.Manifest(job), StorageNames.Failed(job)];
        await Parallel.ForEachAsync(
            ListAsync(source, job, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (found, token) =>
            {
                if (!stay.Contains(found.Blob.Name) && !last.Contains(found.Blob.Name))
                {
                    await found.Container.DeleteBlobIfExistsAsync(found.Blob.Name, cancellationToken: token);
                }

                lock (stay)
                {
                    size += new JobSize(1, found.Blob.Properties.ContentLength ?? 0);
                }
            });
        await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Open(job), cancellationToken: cancellationToken);
        foreach (var name in last)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(name, cancellationToken: cancellationToken);
        }

        manifests.Forget(job);
        return size;
    }

    /// <summary>
    /// Goes on with a deletion that was cut off, or that a shard has written behind; takes the marks away when nothing can be on its way
    /// and the source has another version, so that no event can name the job again.
    /// </summary>
    public async Task GoOnAsync(string job, CancellationToken cancellationToken)
    {
        var facts = await JobListing.ReadAsync(storage, job, cancellationToken);
        if (!facts.IsDeleted
            || await JobStorage.TryReadAsync(storage.Jobs, StorageNames.Deleted(job), JobsJson.Default.DeletedJob, cancellationToken)
                is not { } deleted)
        {
            return;
        }

        var isQuiet = time.GetUtcNow() - facts.LastSign >= OpenJobs.Quiet;
        if (facts.Blobs > (facts.IsCancelled ? 2 : 1)
            || (deleted.Source.Length > 0 && await HasOutputAsync(deleted.Source, job, cancellationToken)))
        {
            await RemoveAsync(deleted, job, cancellationToken);
        }
        else if (isQuiet && await JobStorage.TryGetPropertiesAsync(storage.Texts, deleted.Source, cancellationToken) is var source
            && (source is null || JobStorage.Version(source.ETag) != deleted.SourceETag))
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Cancelled(job), cancellationToken: cancellationToken);
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Deleted(job), cancellationToken: cancellationToken);
        }
    }

    private async Task<bool> HasOutputAsync(string source, string job, CancellationToken cancellationToken)
    {
        await foreach (var _ in storage.Embeddings.GetBlobsAsync(new() { Prefix = StorageNames.Output(source, job) }, cancellationToken))
        {
            return true;
        }

        return false;
    }

    private async IAsyncEnumerable<(BlobContainerClient Container, BlobItem Blob)> ListAsync(
        string source, string job, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (source.Length > 0)
        {
            await foreach (var blob in storage.Embeddings.GetBlobsAsync(
                new() { Prefix = StorageNames.Output(source, job) }, cancellationToken))
            {
                yield return (storage.Embeddings, blob);
            }
        }

        await foreach (var blob in storage.Jobs.GetBlobsAsync(new() { Prefix = $"{job}/" }, cancellationToken))
        {
            yield return (storage.Jobs, blob);
        }
    }
}
