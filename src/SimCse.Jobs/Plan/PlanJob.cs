using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Makes a job of a source: scans it once, writes the manifest, sends a message for each shard. Safe to repeat and to kill at any point.
/// Thread-safe.
/// </summary>
public sealed class PlanJob : IDisposable
{
    /// <summary>
    /// One plan at a time in a process: the event and the message of one upload come together, and the second shall find what the first has
    /// made instead of reading the source again beside it.
    /// </summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private readonly WarmEncoder _encoder;
    private readonly JobResolver _identifier;
    private readonly JobPlanner _planner;
    private readonly JobFailures _failures;
    private readonly RejectedMessages _rejected;

    internal PlanJob(
        WarmEncoder encoder, JobResolver identifier, JobPlanner planner, JobFailures failures, RejectedMessages rejected)
    {
        _encoder = encoder;
        _identifier = identifier;
        _planner = planner;
        _failures = failures;
        _rejected = rejected;
    }

    /// <summary>Handles one message of the queue <c>plan</c>. Returns when it may be deleted; what can never succeed is recorded, not thrown.</summary>
    public async Task RunAsync(string message, CancellationToken cancellationToken)
    {
        if (!PlanJobMessage.TryParse(message, out var plan, out var problem))
        {
            await _rejected.AddAsync(StorageNames.PlanQueue, message, problem, cancellationToken);
            return;
        }

        var bundle = (await _encoder.GetAsync(cancellationToken)).Bundle;
        (var identity, problem) = await _identifier.IdentifyAsync(plan, bundle.Fingerprint, cancellationToken);
        problem ??= await TryPlanAsync(identity, bundle, cancellationToken);
        if (problem is not null)
        {
            await _failures.FailAsync(identity, problem, cancellationToken);
        }

        await _failures.AnswerAsync(plan.Submission, new SubmissionResult(identity.Job, problem), cancellationToken);
    }

    public void Dispose() => _turn.Dispose();

    /// <returns>Why the source can never be planned; <see langword="null"/> when it is.</returns>
    private async Task<string?> TryPlanAsync(JobKey identity, Bundle bundle, CancellationToken cancellationToken)
    {
        using var activity = JobsInstrumentation.Activities.StartActivity("plan");
        activity?.SetTag("simcse.job", identity.Job);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _planner.PlanAsync(identity, bundle, cancellationToken);
            return null;
        }
        catch (PermanentJobException e)
        {
            return e.Message;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await _failures.RecordAttemptAsync(identity.Job, shard: null, e);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }
}
