using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>Takes in what the host has given up after five tries: the failure becomes visible in the job. Safe to repeat. Thread-safe.</summary>
public sealed class RecordPoison
{
    private const string Unknown = "It failed every time it was tried, without an error that could be recorded (out of memory, killed, or storage out of reach).";

    private readonly WarmEncoder _encoder;
    private readonly JobResolver _identifier;
    private readonly JobFailures _failures;
    private readonly RejectedMessages _rejected;

    internal RecordPoison(WarmEncoder encoder, JobResolver identifier, JobFailures failures, RejectedMessages rejected)
    {
        _encoder = encoder;
        _identifier = identifier;
        _failures = failures;
        _rejected = rejected;
    }

    /// <summary>Handles one message of a poison queue.</summary>
    /// <param name="queue">The queue it was in before: <see cref="StorageNames.PlanQueue"/> or <see cref="StorageNames.ShardsQueue"/>.</param>
    /// <param name="message">As it came from the queue.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RunAsync(string queue, string message, CancellationToken cancellationToken)
    {
        string? problem = null;
        if (queue == StorageNames.ShardsQueue && EncodeShardMessage.TryParse(message, out var shard, out problem))
        {
            await RecordShardAsync(shard, cancellationToken);
        }
        else if (queue == StorageNames.PlanQueue && PlanJobMessage.TryParse(message, out var plan, out problem))
        {
            await RecordPlanAsync(plan, message, cancellationToken);
        }
        else
        {
            await _rejected.AddAsync(queue, message, problem ?? Unknown, cancellationToken);
        }
    }

    private async Task RecordShardAsync(EncodeShardMessage shard, CancellationToken cancellationToken)
    {
        var reason = await _failures.TryReadAttemptAsync(shard.Job, shard.Shard, cancellationToken) ?? Unknown;
        await _failures.FailAsync(shard.Job, shard.Shard, reason, cancellationToken);
    }

    private async Task RecordPlanAsync(PlanJobMessage plan, string message, CancellationToken cancellationToken)
    {
        // Without a model there is no fingerprint, and so no job to write to. Waiting for one would fill this queue's own poison queue.
        if (_encoder.Status is { State: not WarmEncoderState.Ready } status)
        {
            var problem = $"{Unknown} {status.Reason}";
            await _rejected.AddAsync(StorageNames.PlanQueue, message, problem, cancellationToken);
            await _failures.AnswerAsync(plan.Submission, new SubmissionResult(null, problem), cancellationToken);
            return;
        }

        var bundle = (await _encoder.GetAsync(cancellationToken)).Bundle;
        var (identity, gone) = await _identifier.IdentifyAsync(plan, bundle.Fingerprint, cancellationToken);
        var reason = gone ?? await _failures.TryReadAttemptAsync(identity.Job, shard: null, cancellationToken) ?? Unknown;
        await _failures.FailAsync(identity, reason, cancellationToken);
        await _failures.AnswerAsync(plan.Submission, new SubmissionResult(identity.Job, reason), cancellationToken);
    }
}
