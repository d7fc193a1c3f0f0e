using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs;

/// <summary>
/// Runs jobs, message by message. Each call is safe to repeat, to run twice at once and to kill at any point. Thread-safe.
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
    /// Handles one message of the queue <c>plan</c>, which may be deleted afterwards. A permanent failure is recorded, not thrown.
    /// </summary>
    public Task PlanAsync(string message, CancellationToken cancellationToken) => _plan.RunAsync(message, cancellationToken);

    /// <summary>
    /// Handles one message of the queue <c>shards</c>, which may be deleted afterwards. A permanent failure is recorded, not thrown. The
    /// age of the queue is measured from <paramref name="insertedOn"/>, the time when the message was sent.
    /// </summary>
    public Task EncodeAsync(string message, DateTimeOffset? insertedOn, CancellationToken cancellationToken) =>
        _encode.RunAsync(message, insertedOn, cancellationToken);

    /// <summary>
    /// Handles one message of the poison queue of <paramref name="queue"/>, which is <see cref="StorageNames.PlanQueue"/> or
    /// <see cref="StorageNames.ShardsQueue"/>, so that the job shows the failure.
    /// </summary>
    public Task RecordPoisonAsync(string queue, string message, CancellationToken cancellationToken) =>
        _poison.RunAsync(queue, message, cancellationToken);

    /// <summary>Finds work that was lost with an event or a message; also creates the containers and queues of a new account.</summary>
    public Task ReconcileAsync(CancellationToken cancellationToken) => _reconcile.RunAsync(cancellationToken);
}
