using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Encode;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Looks at a few finished jobs in each run, one after the other: writes a <c>latest.json</c> that is missing, records parts that were
/// deleted as failures, deletes staged texts that belong to no job, and opens jobs that should be open. Thread-safe.
/// </summary>
internal sealed class FinishedJobs(
    JobStorage storage, ManifestCache manifests, JobCommit commit, JobFailures failures, ShardsSentBlob sent, ReconcileLimits limits,
    TimeProvider time, ILogger<FinishedJobs> logger)
{
    private const int Parallelism = 8;

    /// <returns>The state for the next run.</returns>
    public async Task<ReconcileState> RunAsync(ReconcileState state, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        await foreach (var page in storage.Jobs.GetBlobsAsync(cancellationToken: cancellationToken).AsPages(
            state.FinishedAfter, limits.FinishedBlobs))
        {
            var jobs = page.Values.Select(blob => blob.Name.Split('/'))
                .Where(name => name is [var job, "job.json" or "text"] && JobId.IsValid(job) && !open.Contains(job))
                .Select(name => name[0]).Distinct();
            await Parallel.ForEachAsync(
                jobs,
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (job, token) =>
                {
                    try
                    {
                        await CheckAsync(job, token);
                    }
                    catch (Exception e) when (!token.IsCancellationRequested)
                    {
                        Log.JobSkipped(logger, job, JobStorage.Describe(e));
                    }
                });
            return state with { FinishedAfter = string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken };
        }

        return state with { FinishedAfter = null };
    }

    private async Task CheckAsync(string job, CancellationToken cancellationToken)
    {
        if (await manifests.TryGetAsync(job, cancellationToken) is not { } manifest)
        {
            await DropTextAsync(job, cancellationToken);
            return;
        }

        var success = await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.Success(manifest.Source, job), JobsJson.Default.JobSuccess, cancellationToken);
        if (success is null)
        {
            // It should be open, unless it waits for a user; then the next run closes it again.
            if (!await storage.Jobs.GetBlobClient(StorageNames.Cancelled(job)).ExistsAsync(cancellationToken)
                && !await sent.TryOpenAsync(job, cancellationToken) && time.GetUtcNow() - manifest.CreatedOn > OpenJobs.Quiet)
            {
                await sent.TryWriteAsync(job, ShardsSent.None, over: null, cancellationToken);
            }

            return;
        }

        await commit.UpdateLatestAsync(manifest, cancellationToken);
        var there = new HashSet<string>(StringComparer.Ordinal);
        await foreach (BlobItem blob in storage.Embeddings.GetBlobsAsync(
            new() { Prefix = StorageNames.Output(manifest.Source, job) }, cancellationToken))
        {
            there.Add(blob.Name);
        }

        foreach (var (shard, part) in success.Parts.Index().Where(part => !there.Contains(part.Item.Name)))
        {
            await failures.FailAsync(
                job, shard, $"Its part {part.Name} was deleted after the job was complete; a retry of the job writes it again.",
                cancellationToken);
        }
    }

    /// <summary>The manifest is written right after the text, unless the planner was killed and its source is gone.</summary>
    private async Task DropTextAsync(string job, CancellationToken cancellationToken)
    {
        var facts = await JobListing.ReadAsync(storage, job, cancellationToken);
        if (!facts.IsPlanned && time.GetUtcNow() - facts.LastSign >= OpenJobs.Quiet)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(job), cancellationToken: cancellationToken);
        }
    }
}
