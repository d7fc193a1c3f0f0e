using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Fetches batches from one queue for one function on one instance, no more of them than host.json allows at a time.</summary>
internal sealed partial class QueueListener(
    QueueClient queue, QueueMessageProcessor processor, QueuesSection options, TimeSpan lease, PollingBackoff backoff, QueueWakeups wakeups,
    TimeProvider timeProvider, ILogger logger)
{
    private readonly List<Task> _running = [];

    /// <summary>Runs until told to stop, then waits for the messages in hand.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var stop = Task.Delay(Timeout.Infinite, stopping);
        while (!stopping.IsCancellationRequested)
        {
            var wakeup = wakeups.NextAsync(queue.Name);
            var messages = await ReceiveAsync();
            _running.AddRange(messages.Select(processor.ProcessAsync));
            if (messages.Length > 0)
            {
                backoff.Reset();
                await WaitForRoomAsync(stop);
            }
            else
            {
                await WaitAsync(wakeup, backoff.Next(), stopping);
            }
        }

        await Task.WhenAll(_running);
    }

    /// <summary>Not cancelled by a stop: messages whose receipt nobody has read would stay invisible for the whole lease.</summary>
    private async Task<QueueMessage[]> ReceiveAsync()
    {
        try
        {
            return (await queue.ReceiveMessagesAsync(options.BatchSize, lease, CancellationToken.None)).Value;
        }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return [];
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            LogStorage(logger, e, queue.Name);
            return [];
        }
    }

    private async Task WaitForRoomAsync(Task stop)
    {
        while (_running.Count > options.EffectiveNewBatchThreshold && !stop.IsCompleted)
        {
            await Task.WhenAny([.. _running, stop]);
            await ForgetEndedAsync();
        }
    }

    /// <summary>Awaiting shows an unexpected error at once, instead of when the host stops.</summary>
    private async Task ForgetEndedAsync()
    {
        foreach (var ended in _running.Where(task => task.IsCompleted).ToList())
        {
            _running.Remove(ended);
            await ended;
        }
    }

    private async Task WaitAsync(Task wakeup, TimeSpan delay, CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(wakeup, Task.Delay(delay, timeProvider, enough.Token));
        await enough.CancelAsync();
        await ForgetEndedAsync();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage failed to give messages from queue {Queue}; trying again later")]
    private static partial void LogStorage(ILogger logger, Exception exception, string queue);
}
