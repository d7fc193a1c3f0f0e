using SimCse.Jobs;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Jobs;

/// <summary>Works on jobs, one message at a time. A function may be killed at any instruction and its message delivered again.</summary>
public sealed class JobQueueFunctions(JobWorker worker)
{
    /// <summary>Cuts a source into shards.</summary>
    [Function("PlanJob")]
    public Task PlanAsync(
        [QueueTrigger(StorageNames.PlanQueue, Connection = StorageConnection.SettingName)] string message,
        CancellationToken cancellationToken) =>
        worker.PlanAsync(message, cancellationToken);

    /// <summary>Encodes one shard.</summary>
    [Function("EncodeShard")]
    public Task EncodeAsync(
        [QueueTrigger(StorageNames.ShardsQueue, Connection = StorageConnection.SettingName)] string message,
        DateTimeOffset insertionTime,
        CancellationToken cancellationToken) =>
        worker.EncodeAsync(message, insertionTime, cancellationToken);

    /// <summary>Records a plan that failed on every attempt, so that <c>simcse jobs</c> shows it as failed.</summary>
    [Function("RecordPlanPoison")]
    public Task RecordPlanAsync(
        [QueueTrigger(StorageNames.PlanQueue + StorageNames.PoisonSuffix, Connection = StorageConnection.SettingName)] string message,
        CancellationToken cancellationToken) =>
        worker.RecordPoisonAsync(StorageNames.PlanQueue, message, cancellationToken);

    /// <summary>Records a shard that failed on every attempt.</summary>
    [Function("RecordShardPoison")]
    public Task RecordShardAsync(
        [QueueTrigger(StorageNames.ShardsQueue + StorageNames.PoisonSuffix, Connection = StorageConnection.SettingName)] string message,
        CancellationToken cancellationToken) =>
        worker.RecordPoisonAsync(StorageNames.ShardsQueue, message, cancellationToken);
}
