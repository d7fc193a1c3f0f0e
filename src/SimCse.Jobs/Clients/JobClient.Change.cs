using System.Collections.Immutable;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

public sealed partial class JobClient
{
    /// <summary>Stops a job: shards that have not begun are not encoded any more.</summary>
    /// <returns>The job's status after the call; <see langword="null"/> when no job has this id. A finished job does not change.</returns>
    public async Task<JobStatus?> CancelAsync(string job, CancellationToken cancellationToken = default)
    {
        if (await GetAsync(job, cancellationToken) is { IsFinished: false })
        {
            var cancelled = new JobFailure("Cancelled by a user.", _time.GetUtcNow());
            await JobStorage.TryCreateAsync(
                storage.Jobs, StorageNames.Cancelled(job), cancelled, JobsJson.Default.JobFailure, cancellationToken);
        }

        return await GetAsync(job, cancellationToken);
    }

    /// <summary>
    /// Runs a failed or cancelled job again; finished shards stay finished. Deletes the markers of failure and cancellation, then sends the
    /// missing shards, or the source to be planned again if the job has no manifest. For a job that still runs, only failed shards are
    /// sent, because the others are under way; for a complete one, only parts that were deleted.
    /// </summary>
    /// <returns>
    /// The job's status before the call; <see langword="null"/> when no job has this id. A complete job with all its parts does not change.
    /// </returns>
    public async Task<JobStatus?> RetryAsync(string job, CancellationToken cancellationToken = default)
    {
        var status = await GetAsync(job, cancellationToken);
        if (status is null || (status.State == JobStatus.Succeeded && status.Failures.Count == 0))
        {
            return status;
        }

        // First, so that Reconcile knows of the job from now on.
        await _sent.TryOpenAsync(job, cancellationToken);
        await ClearAsync(status, cancellationToken);
        if (await _manifests.TryGetAsync(job, cancellationToken) is not { } manifest)
        {
            await SendPlanAsync(status, cancellationToken);
        }
        else if (status.IsFinished && status.State != JobStatus.Succeeded)
        {
            await _shards.SendMissingAsync(manifest, ImmutableHashSet<int>.Empty, cancellationToken);
        }
        else
        {
            await _shards.SendAsync(job, status.Failures.Select(failure => failure.Shard!.Value), cancellationToken);
        }

        return status;
    }

    private Task SendPlanAsync(JobStatus status, CancellationToken cancellationToken) => status.Message is null
        ? JobStorage.SendAsync(
            storage.PlanQueue, new PlanJobMessage { Source = status.Source, Options = status.Options?.ToJson() },
            JobsJson.Default.PlanJobMessage, cancellationToken)
        : JobStorage.SendAsync(storage.PlanQueue, status.Message, cancellationToken);

    private async Task ClearAsync(JobStatus status, CancellationToken cancellationToken)
    {
        string[] markers =
        [
            .. status.Failures.Select(failure => StorageNames.Failure(status.Job, failure.Shard!.Value)),
            StorageNames.Failed(status.Job), StorageNames.Cancelled(status.Job),
        ];
        foreach (var marker in markers)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(marker, cancellationToken: cancellationToken);
        }
    }
}
