using System.Collections.Concurrent;

namespace SimCse.LocalHost;

/// <summary>
/// Cuts short the wait of listeners when this host itself has written to their queue, as the storage extension does. Messages from elsewhere are found
/// by polling. Thread-safe.
/// </summary>
internal sealed class QueueWakeups
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new();

    public void Wake(string queueName)
    {
        if (_waiting.TryRemove(queueName, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>Completes at the next <see cref="Wake"/> of this queue. Ask before looking into the queue, so that no message falls between.</summary>
    public Task NextAsync(string queueName)
        => _waiting.GetOrAdd(queueName, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
