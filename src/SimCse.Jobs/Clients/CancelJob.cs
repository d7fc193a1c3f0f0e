using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>Stops a job: shards that have not begun are not encoded any more. Thread-safe.</summary>
public sealed class CancelJob
{
    private readonly JobStorage _storage;
    private readonly JobReader _reader;
    private readonly TimeProvider _time;

    internal CancelJob(JobStorage storage, JobReader reader, TimeProvider time)
    {
        _storage = storage;
        _reader = reader;
        _time = time;
    }

    /// <returns>The job as it stands then; <see langword="null"/> when there is none. A finished job stays as it is.</returns>
    public async Task<JobStatus?> RunAsync(string job, CancellationToken cancellationToken = default)
    {
        if (await _reader.GetAsync(job, cancellationToken) is not { IsFinished: false } status)
        {
            return await _reader.GetAsync(job, cancellationToken);
        }

        await JobStorage.TryCreateAsync(
            _storage.Jobs, StorageNames.Cancelled(job), new JobFailure("Cancelled by a user.", _time.GetUtcNow()), JobsJson.Default.JobFailure,
            cancellationToken);
        return await _reader.GetAsync(status.Job, cancellationToken);
    }
}
