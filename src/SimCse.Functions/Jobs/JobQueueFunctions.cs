using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Functions.Jobs;

/// <summary>The work on jobs, message by message. Each may be killed at any instruction and delivered again.</summary>
public sealed class JobQueueFunctions(PlanJob planJob, EncodeShard encodeShard, RecordPoison recordPoison)
{
    /// <summary>Cuts a source into shards.</summary>
    [Function("PlanJob")]
    public Task PlanAsync(
        [QueueTrigger(StorageNames.PlanQueue, Connection = StorageConnection.SettingName)] string message, CancellationToken cancellationToken) =>
        planJob.RunAsync(QueueText.Decode(message), cancellationToken);

    /// <summary>Encodes one.</summary>
    [Function("EncodeShard")]
    public Task EncodeAsync(
        [QueueTrigger(StorageNames.ShardsQueue, Connection = StorageConnection.SettingName)] string message,
        DateTimeOffset insertionTime,
        CancellationToken cancellationToken) =>
        encodeShard.RunAsync(QueueText.Decode(message), insertionTime, cancellationToken);

    /// <summary>Makes a failure that <c>simcse jobs</c> shows of a plan that was tried too often.</summary>
    [Function("RecordPlanPoison")]
    public Task RecordPlanAsync(
        [QueueTrigger(StorageNames.PlanQueue + StorageNames.PoisonSuffix, Connection = StorageConnection.SettingName)] string message, CancellationToken cancellationToken) =>
        recordPoison.RunAsync(StorageNames.PlanQueue, QueueText.Decode(message), cancellationToken);

    /// <summary>The same of a shard.</summary>
    [Function("RecordShardPoison")]
    public Task RecordShardAsync(
        [QueueTrigger(StorageNames.ShardsQueue + StorageNames.PoisonSuffix, Connection = StorageConnection.SettingName)] string message, CancellationToken cancellationToken) =>
        recordPoison.RunAsync(StorageNames.ShardsQueue, QueueText.Decode(message), cancellationToken);
}
