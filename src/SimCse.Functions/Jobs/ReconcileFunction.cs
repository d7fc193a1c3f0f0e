using SimCse.Jobs.Upkeep;

namespace SimCse.Functions.Jobs;

/// <summary>Finds what events and messages have lost.</summary>
public sealed class ReconcileFunction(Reconcile reconcile)
{
    [Function("Reconcile")]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => reconcile.RunAsync(cancellationToken);
}
