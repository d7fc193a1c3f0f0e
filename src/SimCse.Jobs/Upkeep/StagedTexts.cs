using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Deletes staged texts that nobody reads any more. The last shard of a job deletes its own; these belong to jobs that were cancelled or
/// have failed, or to no job. If a job needs its text again, its first shard stages it again. Thread-safe.
/// </summary>
internal sealed class StagedTexts(JobStorage storage, TimeProvider time)
{
    public async Task DropUnneededAsync(string job, JobFacts facts, CancellationToken cancellationToken)
    {
        var waitsForUser = !facts.IsPlanned || facts.IsCancelled || facts.FailedShards > 0;
        if (facts.HasStagedText && waitsForUser && time.GetUtcNow() - facts.LastSign >= Reconcile.Quiet
            && (facts.FailedShards == 0 || await QueueIsEmptyAsync(cancellationToken)))
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(job), cancellationToken: cancellationToken);
        }
    }

    /// <summary>Whether no shard waits: those of a job of which one has failed may still come.</summary>
    private async Task<bool> QueueIsEmptyAsync(CancellationToken cancellationToken) =>
        (await storage.ShardsQueue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount == 0;
}
