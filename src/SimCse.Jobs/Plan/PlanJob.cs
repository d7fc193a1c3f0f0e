using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Makes a job of a source: scans it once, writes the manifest, sends a message for each shard. Safe to repeat and to kill at any point.
/// Thread-safe.
/// </summary>
internal sealed class PlanJob(
    WarmEncoder encoder, JobResolver resolver, JobPlanner planner, UnpackZip archives, JobFailures failures, RejectedMessages rejected,
    SourceFilter filter, LatestBlob latest, AppSettings settings, ILogger<PlanJob> logger)
{
    /// <summary>
    /// The jobs that are being planned in this process. The event and the message of one upload come together, and the second plan should
    /// find what the first has written instead of reading the source again. Other jobs need not wait for a long plan.
    /// </summary>
    private readonly ConcurrentDictionary<string, Task> _planning = new();

    /// <inheritdoc cref="JobWorker.PlanAsync"/>
    public async Task RunAsync(string message, CancellationToken cancellationToken)
    {
        if (!PlanJobMessage.TryParse(message, out var plan, out var problem))
        {
            await rejected.AddAsync(StorageNames.PlanQueue, message, problem, cancellationToken);
            await failures.AnswerAsync(plan.Submission, new SubmissionResult(null, problem), cancellationToken);
            return;
        }

        if (plan.IsUnfinished)
        {
            return;
        }

        if (plan.IsDeletion)
        {
            await ForgetAsync(plan.Source, cancellationToken);
            return;
        }

        if (plan.IsEvent && !filter.Admits(plan.Source))
        {
            JobsInstrumentation.SourcesIgnored.Add(1);
            Log.SourceIgnored(logger, plan.Source);
            return;
        }

        var model = await encoder.GetAsync(cancellationToken);
        (var identity, problem) = await resolver.IdentifyAsync(plan, model.Bundle.Model.Fingerprint, cancellationToken);
        UnpackedZip? unpacked = null;
        problem ??= await TryPlanAsync(identity, PlanAsync, cancellationToken);
        if (problem is not null)
        {
            await failures.FailAsync(identity, problem, cancellationToken);
        }

        await failures.AnswerAsync(
            plan.Submission, new SubmissionResult(unpacked is null ? identity.Job : null, problem, unpacked), cancellationToken);

        async Task PlanAsync()
        {
            if (SourceFormat.IsArchive(identity.Source))
            {
                unpacked = await archives.RunAsync(identity, cancellationToken);
            }
            else
            {
                await planner.PlanAsync(identity, model, isAsked: plan.Submission is not null, cancellationToken);
            }
        }
    }

    private async Task ForgetAsync(string source, CancellationToken cancellationToken)
    {
        if (!settings.KeepDeletedSources && SourceName.Problem(source) is null
            && await latest.ForgetDeletedAsync(source, cancellationToken))
        {
            Log.SourceForgotten(logger, source);
        }
    }

    /// <returns>Why the source can never be planned; <see langword="null"/> when it was planned.</returns>
    private async Task<string?> TryPlanAsync(JobKey identity, Func<Task> plan, CancellationToken cancellationToken)
    {
        using var activity = JobsInstrumentation.Activities.StartActivity("plan");
        activity?.SetTag("simcse.job", identity.Job);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_planning.GetOrAdd(identity.Job, done.Task) is var other && other != done.Task)
        {
            await other.WaitAsync(cancellationToken);
        }

        try
        {
            await plan();
            return null;
        }
        catch (PermanentJobException e)
        {
            return e.Message;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await failures.RecordAttemptAsync(identity.Job, shard: null, e);
            throw;
        }
        finally
        {
            _planning.TryRemove(identity.Job, out _);
            done.SetResult();
        }
    }
}
