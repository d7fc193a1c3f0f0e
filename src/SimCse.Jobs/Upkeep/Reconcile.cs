using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Finds work that was lost with an event or a message: sources without a job, complete jobs without <c>_SUCCESS</c>, and shards without a
/// message. Its work in one run is bounded; the next run goes on where it stopped. Safe to run twice at once, because everything that it
/// does may be done again. Thread-safe.
/// </summary>
internal sealed class Reconcile(
    JobStorage storage, WarmEncoder encoder, LostSources sources, OpenJobs openJobs, FinishedJobs finishedJobs, AppSettings settings,
    ILogger<Reconcile> logger)
{
    /// <summary>Runs once, called by the timer; also creates the containers and queues of a new account.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await storage.EnsureCreatedAsync(cancellationToken);
        await TryAsync(
            () => settings.WriteAsync(storage, cancellationToken), e => Log.ReconcileStepFailed(logger, StorageNames.Settings, e));
        var bundle = (await encoder.GetAsync(cancellationToken)).Bundle;
        var state = await ReadStateAsync(cancellationToken);
        var open = await openJobs.ListAsync(cancellationToken);
        var (planned, completed, sent) = (0, 0, 0);
        await TryAsync(
            async () => (state, planned) = await sources.RunAsync(
                state, bundle.Model.Fingerprint, open.Keys.ToHashSet(StringComparer.Ordinal), cancellationToken),
            e => Log.SourcesNotListed(logger, StorageNames.Texts, JobStorage.Describe(e)));
        await TryAsync(
            async () => (state, completed, sent) = await openJobs.RunAsync(state, open, cancellationToken),
            e => Log.ReconcileStepFailed(logger, "open jobs", e));
        await TryAsync(
            async () => state = await finishedJobs.RunAsync(state, open.Keys.ToHashSet(StringComparer.Ordinal), cancellationToken),
            e => Log.ReconcileStepFailed(logger, "finished jobs", e));
        await JobStorage.WriteAsync(
            storage.Jobs, StorageNames.Reconcile, state, JobsJson.Default.ReconcileState, cancellationToken);
        Log.Reconciled(logger, planned, completed, sent);

        // What stops one kind of work leaves the others alone.
        async Task TryAsync(Func<Task> step, Action<Exception> log)
        {
            try
            {
                await step();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                log(e);
            }
        }
    }

    /// <summary>A state that cannot be read costs only time: everything is looked at again.</summary>
    private async Task<ReconcileState> ReadStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Reconcile, JobsJson.Default.ReconcileState, cancellationToken) ?? new ReconcileState();
        }
        catch (UnreadableRecordException e)
        {
            Log.ReconcileStepFailed(logger, StorageNames.Reconcile, e);
            return new ReconcileState();
        }
    }
}
