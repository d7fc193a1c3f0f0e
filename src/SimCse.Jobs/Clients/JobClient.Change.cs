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
    /// sent, because the others are under way; for a complete one, only parts that were deleted. A broken record is dropped and made again.
    /// </summary>
    /// <param name="job">The job's id.</param>
    /// <param name="limit">
    /// How many lines may fail from now on. A job that failed by its bad lines is judged by it anew, and nothing is encoded again.
    /// </param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>
    /// The job's status before the call; <see langword="null"/> when no job has this id. A job with a
    /// <see cref="JobStatus.RetryProblem"/> does not change.
    /// </returns>
    /// <exception cref="PermanentJobException">
    /// A record of the job is of a newer release, or it is broken and does not say which source to plan again. Nothing has changed.
    /// </exception>
    public async Task<JobStatus?> RetryAsync(string job, ErrorLimit? limit, CancellationToken cancellationToken = default)
    {
        var status = await GetAsync(job, cancellationToken);
        if (status is null || status.RetryProblem(limit) is not null)
        {
            return status;
        }

        // Before anything is sent: the next shard to end may be the last one, and judges the job.
        if (limit is not null && status.Shards > 0)
        {
            await _limits.ChangeAsync(job, limit, cancellationToken);
        }

        if (status.State == JobStatus.Unreadable)
        {
            await DropBrokenAsync(status, cancellationToken);
        }

        // Before the marks go, so that Reconcile knows of the job from now on.
        await _sent.TryOpenAsync(job, cancellationToken);
        await ClearAsync(job, cancellationToken);
        if (await TryGetManifestAsync(job, cancellationToken) is not { } manifest)
        {
            await SendPlanAsync(
                limit is null ? status : status with { Options = status.Options is { } all ? all with { MaxErrors = limit } : null },
                cancellationToken);
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

    /// <inheritdoc cref="RetryAsync(string, ErrorLimit?, CancellationToken)"/>
    public Task<JobStatus?> RetryAsync(string job, CancellationToken cancellationToken = default) =>
        RetryAsync(job, limit: null, cancellationToken);

    private Task SendPlanAsync(JobStatus status, CancellationToken cancellationToken) => status.Message is null
        ? JobStorage.SendAsync(
            storage.PlanQueue, new PlanJobMessage { Source = status.Source, Options = status.Options?.ToJson() },
            JobsJson.Default.PlanJobMessage, cancellationToken)
        : JobStorage.SendAsync(storage.PlanQueue, status.Message, cancellationToken);

    /// <summary>Deletes a record that is made again from the others. The planner drops a broken manifest itself.</summary>
    private async Task DropBrokenAsync(JobStatus status, CancellationToken cancellationToken)
    {
        if (status is not { BrokenRecord: { IsNewer: false } broken, Options: not null })
        {
            throw new PermanentJobException(status.Reason!);
        }

        foreach (var (container, name) in new[]
        {
            (storage.Jobs, StorageNames.Progress(status.Job)), (storage.Embeddings, StorageNames.Success(status.Source, status.Job)),
        })
        {
            if (JobStorage.BlobName(container, name) == broken.Blob)
            {
                await JobStorage.TryDeleteAsync(container, name, broken.ETag, cancellationToken);
            }
        }
    }

    private async Task<JobManifest?> TryGetManifestAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await _manifests.TryGetAsync(job, cancellationToken);
        }
        catch (UnreadableRecordException)
        {
            return null;
        }
    }

    /// <summary>Also deletes the marks of shards that are done, and what is known of tries before this one.</summary>
    private async Task ClearAsync(string job, CancellationToken cancellationToken)
    {
        string[] folders = [StorageNames.Failures(job), StorageNames.Attempts(job), StorageNames.Resents(job)];
        await foreach (var blob in storage.Jobs.GetBlobsAsync(new() { Prefix = $"{job}/" }, cancellationToken))
        {
            if (blob.Name == StorageNames.Failed(job) || blob.Name == StorageNames.Cancelled(job)
                || folders.Any(folder => blob.Name.StartsWith(folder, StringComparison.Ordinal)))
            {
                await storage.Jobs.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
            }
        }
    }
}
