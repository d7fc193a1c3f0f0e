using Azure.Storage.Queues;
using SimCse.Inference;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Looks at messages that the host gave up after five tries. What failed is recorded, so that the job fails visibly. What only lost its
/// host, or storage, five times is sent again, a few times. Safe to repeat. Thread-safe.
/// </summary>
internal sealed class RecordPoison(
    JobStorage storage, WarmEncoder encoder, JobResolver resolver, ManifestCache manifests, ShardQueue shards, JobFailures failures,
    RejectedMessages rejected)
{
    private const string Unknown =
        "It failed every time it was tried, without an error that could be recorded (out of memory, killed, or storage out of reach).";

    /// <inheritdoc cref="JobWorker.RecordPoisonAsync"/>
    public async Task RunAsync(string queue, string message, CancellationToken cancellationToken)
    {
        string? problem = null;
        PlanJobMessage? plan = null;
        if (queue == StorageNames.ShardsQueue && EncodeShardMessage.TryParse(message, out var shard, out problem))
        {
            await RecordShardAsync(shard, message, cancellationToken);
        }
        else if (queue == StorageNames.PlanQueue && PlanJobMessage.TryParse(message, out plan, out problem))
        {
            await RecordPlanAsync(plan, message, cancellationToken);
        }
        else
        {
            await rejected.AddAsync(queue, message, problem ?? Unknown, cancellationToken);
            await failures.AnswerAsync(plan?.Submission, new SubmissionResult(null, problem), cancellationToken);
        }
    }

    private async Task RecordShardAsync(EncodeShardMessage shard, string message, CancellationToken cancellationToken)
    {
        if (await TrySendAgainAsync(storage.ShardsQueue, message, shard.Job, shard.Shard, cancellationToken) is { } reason)
        {
            await failures.FailAsync(shard.Job, shard.Shard, reason, cancellationToken);
            await ContinueAsync(shard, cancellationToken);
        }
    }

    /// <summary>No attempt may have come as far as to let in the next portion of the job.</summary>
    private async Task ContinueAsync(EncodeShardMessage shard, CancellationToken cancellationToken)
    {
        try
        {
            if (await manifests.TryGetAsync(shard.Job, cancellationToken) is { } manifest)
            {
                await shards.ContinueAsync(manifest, shard.Shard, cancellationToken);
            }
        }
        catch (UnreadableRecordException)
        {
            // The job waits for a user, who is told so.
        }
    }

    private async Task RecordPlanAsync(PlanJobMessage plan, string message, CancellationToken cancellationToken)
    {
        if (plan.IsDeletion)
        {
            return; // Reconcile forgets the source, too
        }

        Bundle bundle;
        try
        {
            bundle = (await encoder.GetAsync(cancellationToken)).Bundle;
        }
        catch (InvalidOperationException e)
        {
            // Without a model there is no fingerprint, and so no job to write to. Failing would fill this queue's own poison queue.
            var problem = $"{Unknown} {e.Message}";
            await rejected.AddAsync(StorageNames.PlanQueue, message, problem, cancellationToken);
            await failures.AnswerAsync(plan.Submission, new SubmissionResult(null, problem), cancellationToken);
            return;
        }

        var (identity, gone) = await resolver.IdentifyAsync(plan, bundle.Model.Fingerprint, cancellationToken);
        if ((gone ?? await TrySendAgainAsync(storage.PlanQueue, message, identity.Job, shard: null, cancellationToken)) is { } reason)
        {
            await failures.FailAsync(identity, reason, cancellationToken);
            await failures.AnswerAsync(plan.Submission, new SubmissionResult(identity.Job, reason), cancellationToken);
        }
    }

    /// <summary>
    /// Sends a message again unless it failed by itself, or was sent again too often. It is counted first, so that a kill in between
    /// cannot make it endless.
    /// </summary>
    /// <returns>Why the message is given up; <see langword="null"/> when it was sent again.</returns>
    private async Task<string?> TrySendAgainAsync(
        QueueClient queue, string message, string job, int? shard, CancellationToken cancellationToken)
    {
        var attempt = await failures.TryReadAttemptAsync(job, shard, cancellationToken);
        if (attempt is { IsOutage: false })
        {
            return attempt.Reason;
        }

        if (await failures.TryCountResendAsync(job, shard, cancellationToken))
        {
            await JobStorage.SendAsync(queue, message, cancellationToken);
            return null;
        }

        return $"{attempt?.Reason ?? Unknown} It was sent again {Resend.Limit} times, and given up after " +
            $"{(Resend.Limit + 1) * Resend.TriesPerMessage} tries. Once its cause is gone, 'simcse jobs retry {job}' tries it again.";
    }
}
