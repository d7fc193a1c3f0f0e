using System.Collections.Concurrent;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Keeps manifests in memory: they never change, and each shard of a job needs the same one. Thread-safe.</summary>
internal sealed class ManifestCache(JobStorage storage)
{
    private const int Capacity = 8;

    private readonly ConcurrentDictionary<string, JobManifest> _manifests = new();

    /// <summary>Forgets a manifest that was deleted.</summary>
    public void Forget(string job) => _manifests.TryRemove(job, out _);

    /// <summary>The job's manifest; <see langword="null"/> when the job has not been planned.</summary>
    /// <exception cref="UnreadableRecordException">The manifest is of a newer version, or broken.</exception>
    public async Task<JobManifest?> TryGetAsync(string job, CancellationToken cancellationToken)
    {
        if (_manifests.TryGetValue(job, out var known))
        {
            return known;
        }

        var manifest = await JobStorage.TryReadAsync(
            storage.Jobs, StorageNames.Manifest(job), JobsJson.Default.JobManifest, cancellationToken, manifest => manifest.ProblemAs(job));
        if (manifest is null)
        {
            return null;
        }

        if (_manifests.Count >= Capacity)
        {
            _manifests.Clear();
        }

        return _manifests[job] = manifest;
    }
}
