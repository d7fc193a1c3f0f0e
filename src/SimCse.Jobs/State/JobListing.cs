using System.Collections.Immutable;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>What the names of a job's blobs tell about it, without reading any of them.</summary>
/// <param name="IsPlanned">Whether the job has a manifest.</param>
/// <param name="HasFailed">Whether the job could not be planned.</param>
/// <param name="IsCancelled">Whether a user cancelled the job.</param>
/// <param name="HasStagedText">Whether a copy of the source's text takes up space.</param>
/// <param name="FailedShards">The shards that wait for a user's retry.</param>
/// <param name="Records">The number of records in the progress log; <see cref="int.MaxValue"/> when it is full.</param>
/// <param name="CreatedOn">When the job's manifest, or the failure to make one, was written.</param>
/// <param name="LastSign">When the newest of the job's blobs was written, without the one that only says that it waits.</param>
/// <param name="IsDeleted">Whether the job is to be gone.</param>
/// <param name="Blobs">The number of its blobs.</param>
internal sealed record JobFacts(
    bool IsPlanned, bool HasFailed, bool IsCancelled, bool HasStagedText, ImmutableHashSet<int> FailedShards, int Records,
    DateTimeOffset CreatedOn, DateTimeOffset LastSign, bool IsDeleted, int Blobs)
{
    public static readonly JobFacts Nothing = new(false, false, false, false, [], 0, default, default, false, 0);
}

/// <summary>Lists the container <c>jobs</c>. A request returns 5,000 blobs, and a job has only a few.</summary>
internal static class JobListing
{
    /// <summary>The facts of all jobs, by id.</summary>
    public static async Task<Dictionary<string, JobFacts>> ReadAsync(JobStorage storage, CancellationToken cancellationToken)
    {
        var jobs = new Dictionary<string, JobFacts>(StringComparer.Ordinal);
        try
        {
            await foreach (var blob in storage.Jobs.GetBlobsAsync(cancellationToken: cancellationToken))
            {
                if (blob.Name.IndexOf(
                    '/', StringComparison.Ordinal) is var slash and > 0 && blob.Name[..slash] is var job && JobId.IsValid(job))
                {
                    jobs[job] = Add(jobs.GetValueOrDefault(job, JobFacts.Nothing), job, blob);
                }
            }
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            // A new account: the container is made by the first job.
        }

        return jobs;
    }

    /// <summary>The facts of one job.</summary>
    public static async Task<JobFacts> ReadAsync(JobStorage storage, string job, CancellationToken cancellationToken)
    {
        var facts = JobFacts.Nothing;
        await foreach (var blob in storage.Jobs.GetBlobsAsync(new() { Prefix = $"{job}/" }, cancellationToken))
        {
            facts = Add(facts, job, blob);
        }

        return facts;
    }

    private static JobFacts Add(JobFacts facts, string job, BlobItem blob)
    {
        var (planned, failed) = (blob.Name == StorageNames.Manifest(job), blob.Name == StorageNames.Failed(job));
        var modified = blob.Properties.LastModified.GetValueOrDefault();
        return new JobFacts(
            facts.IsPlanned || planned,
            facts.HasFailed || failed,
            facts.IsCancelled || blob.Name == StorageNames.Cancelled(job),
            facts.HasStagedText || blob.Name == StorageNames.StagedText(job),
            StorageNames.TryGetShard(blob.Name, StorageNames.Failures(job)) is { } shard
                ? facts.FailedShards.Add(shard)
                : facts.FailedShards,
            blob.Name == StorageNames.Progress(job) ? ProgressLog.Records(blob.Properties.ContentLength ?? 0) : facts.Records,
            planned || (failed && !facts.IsPlanned) ? modified : facts.CreatedOn,
            modified > facts.LastSign && blob.Name != StorageNames.Sent(job) ? modified : facts.LastSign,
            facts.IsDeleted || blob.Name == StorageNames.Deleted(job),
            facts.Blobs + 1);
    }
}
