using SimCse.Jobs;

namespace SimCse.Functions.Jobs;

/// <summary>Finds what events and messages have lost.</summary>
public sealed class ReconcileFunction(JobWorker worker)
{
    [Function("Reconcile")]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        worker.ReconcileAsync(cancellationToken);
}
