using SimCse.Inference;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>Records messages that the host gave up after five tries, so that the job fails visibly. Safe to repeat. Thread-safe.</summary>
internal sealed class RecordPoison(
    WarmEncoder encoder, JobResolver resolver, ManifestCache manifests, ShardQueue queue, JobFailures failures, RejectedMessages rejected)
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
            await RecordShardAsync(shard, cancellationToken);
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

    private async Task RecordShardAsync(EncodeShardMessage shard, CancellationToken cancellationToken)
    {
        var reason = await failures.TryReadAttemptAsync(shard.Job, shard.Shard, cancellationToken) ?? Unknown;
        await failures.FailAsync(shard.Job, shard.Shard, reason, cancellationToken);

        // No attempt may have come as far as to let in the next portion of the job.
        if (await manifests.TryGetAsync(shard.Job, cancellationToken) is { } manifest)
        {
            await queue.ContinueAsync(manifest, shard.Shard, cancellationToken);
        }
    }

    private async Task RecordPlanAsync(PlanJobMessage plan, string message, CancellationToken cancellationToken)
    {
        // Without a model there is no fingerprint, and so no job to write to. Waiting for one would fill this queue's own poison queue.
        if (encoder.Status is { State: not WarmEncoderState.Ready } status)
        {
            var problem = $"{Unknown} {status.Reason}";
            await rejected.AddAsync(StorageNames.PlanQueue, message, problem, cancellationToken);
            await failures.AnswerAsync(plan.Submission, new SubmissionResult(null, problem), cancellationToken);
            return;
        }

        var bundle = (await encoder.GetAsync(cancellationToken)).Bundle;
        var (identity, gone) = await resolver.IdentifyAsync(plan, bundle.Model.Fingerprint, cancellationToken);
        var reason = gone ?? await failures.TryReadAttemptAsync(identity.Job, shard: null, cancellationToken) ?? Unknown;
        await failures.FailAsync(identity, reason, cancellationToken);
        await failures.AnswerAsync(plan.Submission, new SubmissionResult(identity.Job, reason), cancellationToken);
    }
}
