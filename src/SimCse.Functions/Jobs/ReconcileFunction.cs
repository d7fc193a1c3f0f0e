using SimCse.Jobs;

namespace SimCse.Functions.Jobs;

/// <summary>Recovers work whose events or messages were lost.</summary>
public sealed class ReconcileFunction(JobWorker worker)
{
    [Function("Reconcile")]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        worker.ReconcileAsync(cancellationToken);
}
