using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs;

/// <summary>
/// What runs jobs, message by message: the functions of an edge call it. Each call is safe to repeat, to run twice at once and to kill at
/// any point. Thread-safe.
/// </summary>
public sealed class JobWorker
{
    private readonly PlanJob _plan;
    private readonly EncodeShard _encode;
    private readonly RecordPoison _poison;
    private readonly Reconcile _reconcile;

    internal JobWorker(PlanJob plan, EncodeShard encode, RecordPoison poison, Reconcile reconcile) =>
        (_plan, _encode, _poison, _reconcile) = (plan, encode, poison, reconcile);

    /// <summary>
    /// Handles one message of the queue <c>plan</c>. Returns when it may be deleted; what can never succeed is recorded, not thrown.
    /// </summary>
    /// <param name="message">As it came from the queue.</param>
    /// <param name="cancellationToken">Leaves nothing half-done behind.</param>
    public Task PlanAsync(string message, CancellationToken cancellationToken) => _plan.RunAsync(message, cancellationToken);

    /// <summary>
    /// Handles one message of the queue <c>shards</c>. Returns when it may be deleted; what can never succeed is recorded, not thrown.
    /// </summary>
    /// <param name="message">As it came from the queue.</param>
    /// <param name="insertedOn">When it was sent, where that is known.</param>
    /// <param name="cancellationToken">Leaves nothing half-done behind.</param>
    public Task EncodeAsync(string message, DateTimeOffset? insertedOn, CancellationToken cancellationToken) =>
        _encode.RunAsync(message, insertedOn, cancellationToken);

    /// <summary>Handles one message of a poison queue: the failure becomes visible in the job.</summary>
    /// <param name="queue">
    /// The queue it was in before: <see cref="StorageNames.PlanQueue"/> or <see cref="StorageNames.ShardsQueue"/>.
    /// </param>
    /// <param name="message">As it came from the queue.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task RecordPoisonAsync(string queue, string message, CancellationToken cancellationToken) =>
        _poison.RunAsync(queue, message, cancellationToken);

    /// <summary>Finds what events and messages have lost; also makes the containers and queues of a new account.</summary>
    public Task ReconcileAsync(CancellationToken cancellationToken) => _reconcile.RunAsync(cancellationToken);
}
