using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// Finds how many lines of a job may fail: as its manifest says, which is never changed, unless somebody has asked for another limit since.
/// Thread-safe.
/// </summary>
internal sealed class ErrorLimits(JobStorage storage, TimeProvider time)
{
    public async Task<ErrorLimit?> ReadAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Limit(manifest.Job), JobsJson.Default.ChangedLimit, cancellationToken) is { } changed
                ? changed.MaxErrors
                : manifest.Options.MaxErrors;
        }
        catch (UnreadableRecordException e) when (!e.IsNewer)
        {
            return manifest.Options.MaxErrors;
        }
    }

    /// <summary>Sets the limit of a job that has a manifest. The job is judged by it when it is completed next.</summary>
    public Task ChangeAsync(string job, ErrorLimit? limit, CancellationToken cancellationToken) => JobStorage.WriteAsync(
        storage.Jobs, StorageNames.Limit(job), new ChangedLimit(limit, time.GetUtcNow()), JobsJson.Default.ChangedLimit, cancellationToken);
}
