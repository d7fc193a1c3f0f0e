using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>Sends the messages of a job's shards. Thread-safe.</summary>
internal sealed class ShardQueue(JobStorage storage, ProgressLog progress)
{
    /// <summary>Twenty thousand messages one by one would take minutes; a queue takes some 2,000 a second.</summary>
    private const int Parallelism = 16;

    public Task SendAsync(string job, IEnumerable<int> shards, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        shards,
        new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
        async (shard, token) => await JobStorage.SendAsync(
            storage.ShardsQueue, new EncodeShardMessage(job, shard), JobsJson.Default.EncodeShardMessage, token));

    /// <summary>Sends the shards that are not in the progress log. If a shard's part exists, its delivery only writes the record.</summary>
    /// <returns>The number of messages sent.</returns>
    public async Task<int> SendMissingAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var done = await progress.ReadAsync(manifest.Job, cancellationToken);
        var missing = Enumerable.Range(0, manifest.Shards.Count).Where(shard => !done.ContainsKey(shard)).ToList();

        // All shards are done, but nothing has completed the job yet: one more delivery does.
        if (missing.Count == 0)
        {
            missing.Add(0);
        }

        await SendAsync(manifest.Job, missing, cancellationToken);
        return missing.Count;
    }
}
