namespace SimCse.Inference;

/// <summary>
/// Lets one caller in at a time, in the order in which they came. <see cref="SemaphoreSlim"/> promises no order, and here order is the
/// promise: a caller with a thousand batches queues again behind everybody after each. Thread-safe.
/// </summary>
internal sealed class TurnGate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private bool _taken;

    /// <summary>Completes when it is the caller's turn; who has entered must <see cref="Exit"/>.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the place in the queue is given up.</exception>
    public Task EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_taken)
            {
                _taken = true;
                return Task.CompletedTask;
            }

            _waiting.Enqueue(turn);
        }

        return WaitAsync(turn, cancellationToken);
    }

    /// <summary>Hands the turn to whoever has waited longest.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            _taken = false;
        }
    }

    private static async Task WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        // Whichever comes first wins: a turn that was granted is never also cancelled, so it cannot get lost.
        await using var registration = cancellationToken.UnsafeRegister((state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await turn.Task;
    }
}
