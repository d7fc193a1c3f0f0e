using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Looks at a few finished jobs in each run, one after the other: writes a record of the latest job that is missing, and deletes that of a
/// source which was deleted; records parts that were deleted as failures, deletes staged texts that belong to no job, opens jobs that
/// should be open, goes on with deletions, and deletes what the app's settings keep no longer. Thread-safe.
/// </summary>
internal sealed class FinishedJobs(
    JobStorage storage, ManifestCache manifests, LatestBlob latest, JobFailures failures, ShardsSentBlob sent, JobRemoval removal,
    JobCompaction compaction, AppSettings settings, ReconcileLimits limits, TimeProvider time, ILogger<FinishedJobs> logger)
{
    private const int Parallelism = 8;

    /// <returns>The state for the next run.</returns>
    public async Task<ReconcileState> RunAsync(ReconcileState state, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        await foreach (var page in storage.Jobs.GetBlobsAsync(cancellationToken: cancellationToken).AsPages(
            state.FinishedAfter, limits.FinishedBlobs))
        {
            var jobs = page.Values.Select(blob => blob.Name.Split('/'))
                .Where(name => name is [var job, "job.json" or "text" or "deleted.json" or "failed.json"]
                    && JobId.IsValid(job) && !open.Contains(job))
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
            foreach (var stale in page.Values.Where(blob => IsStale(blob.Name, open)))
            {
                await storage.Jobs.DeleteBlobIfExistsAsync(stale.Name, cancellationToken: cancellationToken);
            }

            return state with { FinishedAfter = string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken };
        }

        return state with { FinishedAfter = null };
    }

    /// <summary>Whether a blob says how far a shard is, and nobody is at work on its job: a host was killed over it.</summary>
    private static bool IsStale(string blob, IReadOnlySet<string> open) =>
        blob.Split('/') is [var job, ..] && StorageNames.TryGetRunning(blob, job) is not null && !open.Contains(job);

    private async Task CheckAsync(string job, CancellationToken cancellationToken)
    {
        var facts = await JobListing.ReadAsync(storage, job, cancellationToken);
        if (facts.IsDeleted)
        {
            await removal.GoOnAsync(job, cancellationToken);
            return;
        }

        if (await manifests.TryGetAsync(job, cancellationToken) is not { } manifest)
        {
            await DropTextAsync(job, facts, cancellationToken);
            await DropFailedPlanAsync(job, facts, cancellationToken);
            return;
        }

        var success = await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.Success(manifest.Source, job), JobsJson.Default.JobSuccess, cancellationToken);
        if (await WhyGoneAsync(manifest, success, facts, cancellationToken) is { } reason)
        {
            await RemoveAsync(job, manifest.Source, manifest.SourceETag, reason, cancellationToken);
            return;
        }

        if (success is null)
        {
            // It should be open, unless it waits for a user; then the next run closes it again.
            if (!facts.IsCancelled
                && !await sent.TryOpenAsync(job, cancellationToken) && time.GetUtcNow() - manifest.CreatedOn > OpenJobs.Quiet)
            {
                await sent.TryWriteAsync(job, ShardsSent.None, over: null, cancellationToken);
            }

            return;
        }

        if (settings.KeepDeletedSources
            || await storage.Texts.GetBlobClient(manifest.Source).ExistsAsync(cancellationToken))
        {
            await latest.UpdateAsync(manifest, cancellationToken);
        }
        else if (await latest.ForgetDeletedAsync(manifest.Source, cancellationToken))
        {
            Log.SourceForgotten(logger, manifest.Source);
        }

        if (success.Compaction is not null)
        {
            // Its shards cannot be made again one by one. What a late message may have written is dropped.
            await compaction.DropStrangersAsync(manifest, cancellationToken);
            return;
        }

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
    private async Task DropTextAsync(string job, JobFacts facts, CancellationToken cancellationToken)
    {
        if (facts.HasStagedText && !facts.IsPlanned && time.GetUtcNow() - facts.LastSign >= OpenJobs.Quiet)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(job), cancellationToken: cancellationToken);
        }
    }

    /// <summary>Why the app's settings keep a job no longer. A job that is not complete and not open waits for its user.</summary>
    private async Task<string?> WhyGoneAsync(
        JobManifest manifest, JobSuccess? success, JobFacts facts, CancellationToken cancellationToken)
    {
        var (retention, now) = (Retention.Of(settings), time.GetUtcNow());
        if (!retention.IsOn)
        {
            return null;
        }

        return success is null
            ? (facts.IsCancelled || await storage.Jobs.GetBlobClient(StorageNames.Sent(manifest.Job)).ExistsAsync(cancellationToken))
                && !await storage.Jobs.GetBlobClient(StorageNames.Open(manifest.Job)).ExistsAsync(cancellationToken)
                ? retention.WhyUnfinished(facts.LastSign, now)
                : null
            : retention.WhyOld(
                manifest.SourceLastModified, success.CompletedOn,
                await LatestBlob.TryReadAsync(storage, manifest.Source, cancellationToken),
                now);
    }

    private async Task DropFailedPlanAsync(string job, JobFacts facts, CancellationToken cancellationToken)
    {
        if (facts.HasFailed && !facts.IsPlanned && Retention.Of(settings).WhyUnfinished(facts.LastSign, time.GetUtcNow()) is { } reason
            && await JobStorage.TryReadAsync(storage.Jobs, StorageNames.Failed(job), JobsJson.Default.JobFailure, cancellationToken)
                is { } failure)
        {
            await RemoveAsync(job, failure.Source ?? "", failure.SourceETag ?? "", reason, cancellationToken);
        }
    }

    private async Task RemoveAsync(string job, string source, string version, string reason, CancellationToken cancellationToken)
    {
        var size = await removal.RemoveAsync(new DeletedJob(source, version, reason, time.GetUtcNow()), job, cancellationToken);
        Log.JobRemoved(logger, job, source, size.Blobs, size.Bytes, reason);
    }
}
