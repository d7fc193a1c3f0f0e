using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// Hands a shard back that another kind of machine has to encode, where the app is strict. A new message goes to the end of the queue and
/// the old one is acknowledged, so that no attempt counts and nothing is poisoned. A kill in between leaves two messages, which is
/// harmless. Thread-safe.
/// </summary>
internal sealed class ShardReturn(
    JobStorage storage, WarmEncoder warmEncoder, ArithmeticOptions options, TimeProvider time, ILogger<ShardReturn> logger)
{
    /// <summary>Hands a shard back unless this instance may encode it, or there is nothing to encode.</summary>
    /// <returns>Whether it was handed back.</returns>
    public async Task<bool> TryAsync(JobManifest manifest, int shard, CancellationToken cancellationToken)
    {
        if (!options.IsStrict)
        {
            return false;
        }

        var encoder = await warmEncoder.GetAsync(cancellationToken);
        var own = options.NameOf(encoder);
        if (encoder.Bundle.Model.Fingerprint != manifest.Model.Fingerprint
            || await ClaimAsync(manifest.Job, own, cancellationToken) is var wanted && wanted == own
            || await IsNotNeededAsync(manifest, shard, cancellationToken))
        {
            return false;
        }

        // The user reads why before the message is out of sight.
        await storage.Jobs.GetBlobClient(StorageNames.Arithmetic(manifest.Job)).SetMetadataAsync(
            new JobArithmetic(wanted, own, shard, time.GetUtcNow()).ToMetadata(), cancellationToken: cancellationToken);
        await JobStorage.SendAsync(
            storage.ShardsQueue, new EncodeShardMessage(manifest.Job, shard), JobsJson.Default.EncodeShardMessage, cancellationToken,
            options.Pause);
        Log.ShardHandedBack(logger, manifest.Job, shard, own, wanted);
        return true;
    }

    /// <summary>The job's arithmetic, which is this instance's if no other has begun a shard of it.</summary>
    private async Task<string> ClaimAsync(string job, string own, CancellationToken cancellationToken)
    {
        var name = StorageNames.Arithmetic(job);
        var known = await JobStorage.TryGetPropertiesAsync(storage.Jobs, name, cancellationToken);
        if (known is null
            && !await IsCancelledAsync(job, cancellationToken) // a late message leaves nothing behind in a job that was deleted
            && !await JobStorage.TryCreateAsync(
                storage.Jobs, name, Stream.Null, new JobArithmetic(own).ToMetadata(), cancellationToken))
        {
            known = await JobStorage.TryGetPropertiesAsync(storage.Jobs, name, cancellationToken); // another instance was faster
        }

        return JobArithmetic.TryRead(known?.Metadata)?.Name ?? own;
    }

    private async Task<bool> IsNotNeededAsync(JobManifest manifest, int shard, CancellationToken cancellationToken) =>
        await storage.Embeddings.GetBlobClient(StorageNames.Part(manifest.Source, manifest.Job, shard)).ExistsAsync(cancellationToken)
        || await IsCancelledAsync(manifest.Job, cancellationToken);

    private async Task<bool> IsCancelledAsync(string job, CancellationToken cancellationToken) =>
        await storage.Jobs.GetBlobClient(StorageNames.Cancelled(job)).ExistsAsync(cancellationToken);
}
