using Azure;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>What the names of a job's blobs tell about it, without reading any of them.</summary>
/// <param name="IsPlanned">Whether the job has a manifest.</param>
/// <param name="HasFailed">Whether the job could not be planned.</param>
/// <param name="IsCancelled">Whether a user cancelled the job.</param>
/// <param name="HasStagedText">Whether a copy of the source's text takes up space.</param>
/// <param name="FailedShards">The number of shards that wait for a user's retry.</param>
/// <param name="CreatedOn">When the job's manifest, or the failure to make one, was written.</param>
/// <param name="LastSign">When the newest of the job's blobs was written.</param>
internal sealed record JobFacts(
    bool IsPlanned, bool HasFailed, bool IsCancelled, bool HasStagedText, int FailedShards, DateTimeOffset CreatedOn,
    DateTimeOffset LastSign);

/// <summary>Lists the container <c>jobs</c> once. A request returns 5,000 blobs, and a job has only a few.</summary>
internal static class JobListing
{
    private static readonly JobFacts Nothing = new(false, false, false, false, 0, default, default);

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
                    jobs[job] = Add(jobs.GetValueOrDefault(job, Nothing), job, blob.Name, blob.Properties.LastModified.GetValueOrDefault());
                }
            }
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            // A new account: the container is made by the first job.
        }

        return jobs;
    }

    private static JobFacts Add(JobFacts facts, string job, string blob, DateTimeOffset modified)
    {
        var (planned, failed) = (blob == StorageNames.Manifest(job), blob == StorageNames.Failed(job));
        return new JobFacts(
            facts.IsPlanned || planned,
            facts.HasFailed || failed,
            facts.IsCancelled || blob == StorageNames.Cancelled(job),
            facts.HasStagedText || blob == StorageNames.StagedText(job),
            facts.FailedShards + (blob.StartsWith(StorageNames.Failures(job), StringComparison.Ordinal) ? 1 : 0),
            planned || (failed && !facts.IsPlanned) ? modified : facts.CreatedOn,
            modified > facts.LastSign ? modified : facts.LastSign);
    }
}
