using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// Completes a job: writes <c>_SUCCESS</c> first, then the source's record of its latest job, and closes it last. A job with more bad lines
/// than may be gets neither. Safe to repeat and to run twice at once. Thread-safe.
/// </summary>
internal sealed class JobCommit(
    JobStorage storage, ProgressLog progress, ErrorLimits limits, LatestBlob latest, ShardsSentBlob sent, TimeProvider time,
    ILogger<JobCommit> logger)
{
    private const int Capacity = 64;

    /// <summary>
    /// The number of records below which a job cannot be complete. It is larger than the number of shards when some of them were delivered
    /// twice, and then the log is not read for each of the last records.
    /// </summary>
    private readonly ConcurrentDictionary<string, int> _needed = new();

    /// <summary>Completes the job if every shard is in the log.</summary>
    /// <param name="manifest">The job's manifest.</param>
    /// <param name="records">
    /// The number of records that the log is known to hold. Below the number of shards there is nothing to do; <see cref="int.MaxValue"/>
    /// means that the log is full.
    /// </param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Whether every shard is done, and so the job is complete or has failed by its bad lines.</returns>
    public async Task<bool> TryCompleteAsync(JobManifest manifest, int records, CancellationToken cancellationToken)
    {
        if (records < _needed.GetValueOrDefault(manifest.Job, manifest.Shards.Count))
        {
            return false;
        }

        var shards = records == int.MaxValue
            ? await progress.ReadPartsAsync(manifest, cancellationToken)
            : await progress.ReadAsync(manifest.Job, cancellationToken);
        var missing = Enumerable.Range(0, manifest.Shards.Count).Count(shard => !shards.ContainsKey(shard));
        if (missing > 0)
        {
            // Some shards have two records. Each shard that is missing needs one more.
            Remember(manifest.Job, records < int.MaxValue ? records + missing : records);
            return false;
        }

        var success = Sum(manifest, [.. shards.OrderBy(shard => shard.Key).Select(shard => shard.Value)]) with
        {
            Arithmetics = await progress.CountArithmeticsAsync(manifest, cancellationToken),
        };
        if (success.Errors > 0
            && !ErrorLimit.Allows(await limits.ReadAsync(manifest, cancellationToken), success.Errors, success.Texts))
        {
            await RejectAsync(manifest, success, cancellationToken);
            return true;
        }

        if (await JobStorage.TryCreateAsync(
            storage.Embeddings, StorageNames.Success(manifest.Source, manifest.Job), success, JobsJson.Default.JobSuccess,
            cancellationToken))
        {
            JobsInstrumentation.JobsCompleted.Add(1);
            Log.JobComplete(logger, manifest.Job, manifest.Source, success.Rows, success.Errors);
        }

        await FinishAsync(manifest, cancellationToken);
        return true;
    }

    /// <summary>
    /// Does what follows <c>_SUCCESS</c>: writes the source's record of its latest job, deletes the staged text, and closes the job.
    /// </summary>
    public async Task FinishAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        await latest.UpdateAsync(manifest, cancellationToken);
        if (manifest.Staged)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(manifest.Job), cancellationToken: cancellationToken);
        }

        await sent.CloseAsync(manifest.Job, cancellationToken);
    }

    /// <summary>
    /// No record says that the job has failed: it follows from its log and its limit, which a user may change. The job waits for that.
    /// </summary>
    private async Task RejectAsync(JobManifest manifest, JobSuccess sums, CancellationToken cancellationToken)
    {
        JobsInstrumentation.JobsFailed.Add(1);
        Log.TooManyErrors(logger, manifest.Job, manifest.Source, sums.Errors, sums.Texts);
        if (manifest.Staged)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(manifest.Job), cancellationToken: cancellationToken);
        }

        await sent.ParkAsync(manifest, cancellationToken);
    }

    private void Remember(string job, int needed)
    {
        if (_needed.Count >= Capacity)
        {
            _needed.Clear();
        }

        _needed[job] = needed;
    }

    private JobSuccess Sum(JobManifest manifest, List<ProgressRecord> shards) => new(
        manifest.Job, manifest.Source, manifest.SourceETag, manifest.Model, manifest.Options, manifest.Texts,
        shards.Sum(shard => shard.Rows), shards.Sum(shard => shard.Errors), shards.Sum(shard => shard.Tokens),
        shards.Sum(shard => shard.Truncated), shards.Sum(shard => shard.EncodeMs), manifest.CreatedOn, time.GetUtcNow(),
        [.. shards.Select(shard => new JobPart(
            StorageNames.Part(manifest.Source, manifest.Job, shard.Shard), shard.Rows, shard.Errors, shard.Bytes, shard.Sha256,
            DateTimeOffset.FromUnixTimeMilliseconds(shard.StartedMs), shard.TotalMs)
        {
            Texts = shard.Texts == shard.Rows ? null : shard.Texts,
        })])
    {
        Unknown = shards.Aggregate((long?)0, (unknown, shard) => unknown + shard.Unknown),
        Reused = shards.Sum(shard => shard.Reused),
        DuplicateIds = manifest.DuplicateIds,
        Prompt = manifest.Prompt,
        Layout = manifest.Layout,
    };
}
