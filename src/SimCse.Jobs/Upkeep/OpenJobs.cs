using Microsoft.Extensions.Logging;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>Completes open jobs that lack nothing but <c>_SUCCESS</c>, and sends shards whose messages were lost. Thread-safe.</summary>
internal sealed class OpenJobs(
    JobStorage storage, ManifestCache manifests, ProgressLog progress, JobCommit commit, ShardQueue shards, ShardsSentBlob sent,
    ReconcileLimits limits, TimeProvider time, ILogger<OpenJobs> logger)
{
    /// <summary>
    /// A shard takes minutes at most, and its message's lease lasts ten. A job that wrote nothing for this long, while the queue is empty,
    /// has lost messages.
    /// </summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMinutes(20);

    private const int Parallelism = 8;

    /// <summary>The ids of the open jobs, with the time when their record was last written.</summary>
    public async Task<SortedDictionary<string, DateTimeOffset>> ListAsync(CancellationToken cancellationToken)
    {
        var open = new SortedDictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var blob in storage.Jobs.GetBlobsAsync(new() { Prefix = StorageNames.OpenJobs }, cancellationToken))
        {
            var job = Path.GetFileNameWithoutExtension(blob.Name[StorageNames.OpenJobs.Length..]);
            if (JobId.IsValid(job))
            {
                open[job] = blob.Properties.LastModified.GetValueOrDefault();
            }
        }

        return open;
    }

    /// <returns>The state for the next run, and the numbers of jobs completed and shards sent.</returns>
    public async Task<(ReconcileState State, int Completed, int Sent)> RunAsync(
        ReconcileState state, SortedDictionary<string, DateTimeOffset> open, CancellationToken cancellationToken)
    {
        var after = state.OpenAfter ?? "";
        var chosen = open.Where(job => string.CompareOrdinal(job.Key, after) > 0).Take(limits.OpenJobs).ToList();
        var queued = await JobStorage.CountAsync(storage.ShardsQueue, cancellationToken);
        var (completed, resent) = (0, 0);
        await Parallel.ForEachAsync(
            chosen,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (job, token) =>
            {
                try
                {
                    var (isComplete, messages) = await CheckAsync(job.Key, job.Value, isQueueEmpty: queued == 0, token);
                    Interlocked.Add(ref completed, isComplete ? 1 : 0);
                    Interlocked.Add(ref resent, messages);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    Log.JobSkipped(logger, job.Key, JobStorage.Describe(e));
                }
            });

        // The next run goes on behind these, or begins anew.
        return (state with { OpenAfter = chosen.Count == limits.OpenJobs ? chosen[^1].Key : null }, completed, resent);
    }

    private async Task<(bool IsComplete, int Messages)> CheckAsync(
        string job, DateTimeOffset openedOn, bool isQueueEmpty, CancellationToken cancellationToken)
    {
        if (await manifests.TryGetAsync(job, cancellationToken) is not { } manifest)
        {
            // The manifest is written first, so somebody has deleted the job.
            await sent.CloseAsync(job, cancellationToken);
            return (false, 0);
        }

        if (await storage.Embeddings.GetBlobClient(StorageNames.Success(manifest.Source, job)).ExistsAsync(cancellationToken))
        {
            await commit.FinishAsync(manifest, cancellationToken);
            return (false, 0);
        }

        var facts = await JobListing.ReadAsync(storage, job, cancellationToken);
        var isQuiet = time.GetUtcNow() - (facts.LastSign > openedOn ? facts.LastSign : openedOn) >= Quiet;
        if (facts.IsCancelled)
        {
            await ParkAsync(manifest, facts, isQuiet, cancellationToken);
            return (false, 0);
        }

        if (await commit.TryCompleteAsync(manifest, facts.Records, cancellationToken))
        {
            return (true, 0);
        }

        if (facts.Records + facts.FailedShards.Count >= manifest.Shards.Count
            && (await progress.ReadAsync(job, cancellationToken)).Keys.Union(facts.FailedShards).Count() >= manifest.Shards.Count
            && facts.FailedShards.Count > 0)
        {
            await ParkAsync(manifest, facts, isQuiet, cancellationToken);
            return (false, 0);
        }

        return isQueueEmpty && isQuiet
            ? (false, await shards.SendMissingAsync(manifest, facts.FailedShards, cancellationToken))
            : (false, 0);
    }

    /// <summary>Lets a job wait for its user. Its staged text goes when no shard can be reading it; a retry stages it again.</summary>
    private async Task ParkAsync(JobManifest manifest, JobFacts facts, bool isQuiet, CancellationToken cancellationToken)
    {
        if (facts.HasStagedText && !isQuiet)
        {
            return;
        }

        if (facts.HasStagedText)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(manifest.Job), cancellationToken: cancellationToken);
        }

        await sent.ParkAsync(manifest, cancellationToken);
    }
}
