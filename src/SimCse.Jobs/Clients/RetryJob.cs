using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>Takes up a failed or cancelled job again: what is done stays done. Thread-safe.</summary>
public sealed class RetryJob
{
    private readonly JobStorage _storage;
    private readonly JobReader _reader;
    private readonly ManifestCache _manifests;
    private readonly ShardQueue _shards;

    internal RetryJob(JobStorage storage, JobReader reader, ManifestCache manifests, ShardQueue shards)
    {
        _storage = storage;
        _reader = reader;
        _manifests = manifests;
        _shards = shards;
    }

    /// <summary>
    /// Removes what marks the job failed or cancelled, then sends its shards once more, or asks for its plan. Of a job that runs, only failed
    /// shards are sent: the others are under way.
    /// </summary>
    /// <returns>The job as it stood before; <see langword="null"/> when there is none. A complete job stays as it is.</returns>
    public async Task<JobStatus?> RunAsync(string job, CancellationToken cancellationToken = default)
    {
        var status = await _reader.GetAsync(job, cancellationToken);
        if (status is null || status.State == JobStatus.Succeeded)
        {
            return status;
        }

        await ClearAsync(status, cancellationToken);
        if (await _manifests.TryGetAsync(job, cancellationToken) is not { } manifest)
        {
            var message = new PlanJobMessage { Source = status.Source, Options = status.Options };
            await JobStorage.SendAsync(_storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, cancellationToken);
        }
        else if (status.IsFinished)
        {
            await _shards.SendMissingAsync(manifest, cancellationToken);
        }
        else
        {
            await _shards.SendAsync(job, status.Failures.Select(failure => failure.Shard!.Value), cancellationToken);
        }

        return status;
    }

    private async Task ClearAsync(JobStatus status, CancellationToken cancellationToken)
    {
        string[] markers =
        [
            .. status.Failures.Select(failure => StorageNames.Failure(status.Job, failure.Shard!.Value)),
            StorageNames.Failed(status.Job), StorageNames.Cancelled(status.Job),
        ];
        foreach (var marker in markers)
        {
            await _storage.Jobs.DeleteBlobIfExistsAsync(marker, cancellationToken: cancellationToken);
        }
    }
}
