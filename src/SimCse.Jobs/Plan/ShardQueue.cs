using Azure;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Sends the messages of a job's shards, a portion at a time. The messages of a portion's second half let in the next one, so the chain
/// lasts as long as the queue keeps its messages. Thread-safe.
/// </summary>
internal sealed class ShardQueue(JobStorage storage, ProgressLog progress, ShardsSentBlob sent, PortionLimits limits)
{
    /// <summary>Twenty thousand messages one by one would take minutes; a queue takes some 2,000 a second.</summary>
    private const int Parallelism = 16;

    public Task SendAsync(string job, IEnumerable<int> shards, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        shards,
        new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
        async (shard, token) => await JobStorage.SendAsync(
            storage.ShardsQueue, new EncodeShardMessage(job, shard), JobsJson.Default.EncodeShardMessage, token));

    /// <summary>Lets in the first portion, called by the planner, whose message is delivered again until this has returned.</summary>
    /// <returns><see langword="false"/> when another plan of the job has done so.</returns>
    public async Task<bool> TryBeginAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        if (await sent.TryReadAsync(manifest, cancellationToken) is ({ } known, var knownTag))
        {
            return await SendUnsentAsync(manifest, known, knownTag, shard: null, cancellationToken);
        }

        var shards = manifest.Shards.Count;
        var first = new ShardPortion(0, Math.Min(limits.First, shards));
        var state = ShardsSent.None.Announce(first, limits.First);
        if (first.To == shards)
        {
            // No message has to look whether there are more, and so nothing has to be announced: one write is enough.
            await SendAsync(manifest.Job, first, cancellationToken);
            await sent.TryWriteAsync(manifest.Job, state.Confirm(first), over: null, cancellationToken);
        }
        else if (await sent.TryWriteAsync(manifest.Job, state, over: null, cancellationToken) is { } etag)
        {
            await SendAnnouncedAsync(manifest, first, state, etag, cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Lets in the next portion if this shard's message is one of those that do. Called before a message is acknowledged, whatever became
    /// of its shard.
    /// </summary>
    public async Task ContinueAsync(JobManifest manifest, int shard, CancellationToken cancellationToken)
    {
        var shards = manifest.Shards.Count;
        if (shards <= limits.First || (sent.Seen(manifest.Job) is { } seen && shard < seen.Sent && !Concerns(seen)))
        {
            return;
        }

        while (await sent.TryReadAsync(manifest, cancellationToken) is ({ } state, var etag) && Concerns(state))
        {
            if (await storage.Jobs.GetBlobClient(StorageNames.Cancelled(manifest.Job)).ExistsAsync(cancellationToken)
                || (!await SendUnsentAsync(manifest, state, etag, shard, cancellationToken)
                    && await TrySendNextAsync(manifest, shard, state, etag, cancellationToken)))
            {
                return;
            }
        }

        bool Concerns(ShardsSent state) => state.CallsForMore(shard, shards) || state.UnsentBy(shard).Any();
    }

    /// <summary>
    /// Sends the shards that were let in but are not in the progress log, and lets in one more portion. If a shard's part exists, its
    /// delivery only writes the record.
    /// </summary>
    /// <param name="manifest">The job's manifest.</param>
    /// <param name="failed">Shards that wait for a user and are not sent.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The number of messages sent.</returns>
    public async Task<int> SendMissingAsync(JobManifest manifest, IReadOnlySet<int> failed, CancellationToken cancellationToken)
    {
        var shards = manifest.Shards.Count;
        var done = await progress.ReadAsync(manifest.Job, cancellationToken);
        var firstMissing = Enumerable.Range(0, shards).FirstOrDefault(shard => !done.ContainsKey(shard), shards);
        while (true)
        {
            var known = await sent.TryReadAsync(manifest, cancellationToken);
            var before = known?.State ?? ShardsSent.None;
            var size = Math.Max(before.Portion, limits.First);
            var portion = new ShardPortion(0, Math.Min(Math.Max(before.Sent, firstMissing) + size, shards));
            var state = (before with { Sending = null }).Announce(portion, size);
            if (await sent.TryWriteAsync(manifest.Job, state, known?.ETag, cancellationToken) is not { } etag)
            {
                continue; // a shard's message has let in a portion meanwhile
            }

            var missing = Enumerable.Range(0, portion.To).Where(shard => !done.ContainsKey(shard) && !failed.Contains(shard)).ToHashSet();
            if (portion.To < shards || missing.Count == 0)
            {
                missing.Add(portion.To - 1); // lets in the next portion, or completes a job that lacks nothing else
            }

            await SendAsync(manifest.Job, missing, cancellationToken);
            await ConfirmAsync(manifest, portion, state, etag, cancellationToken);
            return missing.Count;
        }
    }

    /// <summary>Sends one message of a job whose shards are all done, so that the job is completed or found to have failed again.</summary>
    /// <returns><see langword="false"/> when shards are missing.</returns>
    public async Task<bool> TryJudgeAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        if ((await progress.ReadAsync(manifest.Job, cancellationToken)).Count < manifest.Shards.Count)
        {
            return false;
        }

        await sent.TryOpenAsync(manifest.Job, cancellationToken);
        await SendAsync(manifest.Job, [manifest.Shards.Count - 1], cancellationToken);
        return true;
    }

    /// <returns><see langword="false"/> when another message was faster.</returns>
    private async Task<bool> TrySendNextAsync(
        JobManifest manifest, int shard, ShardsSent before, ETag? etag, CancellationToken cancellationToken)
    {
        // If nothing waits to be taken, there are more instances than the portion was made for.
        var waiting = await storage.ShardsQueue.PeekMessagesAsync(1, cancellationToken);
        var size = waiting.Value.Length > 0 ? before.Portion : Math.Min(2 * before.Portion, limits.Max);
        var portion = new ShardPortion(before.Sent, Math.Min(before.Sent + size, manifest.Shards.Count), shard);
        var state = before.Announce(portion, size);
        if (await sent.TryWriteAsync(manifest.Job, state, etag, cancellationToken) is not { } announced)
        {
            return false;
        }

        await SendAnnouncedAsync(manifest, portion, state, announced, cancellationToken);
        return true;
    }

    /// <returns>Whether there were any.</returns>
    private async Task<bool> SendUnsentAsync(
        JobManifest manifest, ShardsSent state, ETag? etag, int? shard, CancellationToken cancellationToken)
    {
        var unsent = state.UnsentBy(shard).ToList();
        foreach (var portion in unsent)
        {
            await SendAnnouncedAsync(manifest, portion, state, etag, cancellationToken);
        }

        return unsent.Count > 0;
    }

    private async Task SendAnnouncedAsync(
        JobManifest manifest, ShardPortion portion, ShardsSent state, ETag? etag, CancellationToken cancellationToken)
    {
        await SendAsync(manifest.Job, portion, cancellationToken);
        await ConfirmAsync(manifest, portion, state, etag, cancellationToken);
    }

    private async Task ConfirmAsync(
        JobManifest manifest, ShardPortion portion, ShardsSent state, ETag? etag, CancellationToken cancellationToken)
    {
        while (state.Sending?.Contains(portion) == true
               && await sent.TryWriteAsync(manifest.Job, state.Confirm(portion), etag, cancellationToken) is null
               && await sent.TryReadAsync(manifest, cancellationToken) is { } newer)
        {
            (state, etag) = newer; // another message has announced or confirmed a portion meanwhile
        }
    }

    private Task SendAsync(string job, ShardPortion portion, CancellationToken cancellationToken) =>
        SendAsync(job, Enumerable.Range(portion.From, portion.To - portion.From), cancellationToken);
}
