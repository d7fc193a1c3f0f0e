using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Keeps a message invisible while its function runs: renewed at half the lease. When the message has gone to somebody else meanwhile, renewing stops and the
/// function goes on, as in the host.
/// </summary>
internal sealed partial class MessageLease : IAsyncDisposable
{
    private readonly QueueClient _queue;
    private readonly QueueMessage _message;
    private readonly TimeSpan _lease;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _renewing;

    public MessageLease(QueueClient queue, QueueMessage message, TimeSpan lease, TimeProvider timeProvider, ILogger logger)
    {
        (_queue, _message, _lease, _logger) = (queue, message, lease, logger);
        PopReceipt = message.PopReceipt;
        _renewing = RenewAsync(timeProvider);
    }

    /// <summary>The receipt of the last renewal; stable once <see cref="StopAsync"/> has returned.</summary>
    public string PopReceipt { get; private set; }

    public async Task StopAsync()
    {
        await _done.CancelAsync();
        await _renewing;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _done.Dispose();
    }

    private async Task RenewAsync(TimeProvider timeProvider)
    {
        try
        {
            using var timer = new PeriodicTimer(_lease / 2, timeProvider);
            while (await timer.WaitForNextTickAsync(_done.Token))
            {
                // Without the token: a renewal that storage has carried out but we have not read would leave us with a dead receipt.
                var receipt = await _queue.UpdateMessageAsync(_message.MessageId, PopReceipt, visibilityTimeout: _lease, cancellationToken: CancellationToken.None);
                PopReceipt = receipt.Value.PopReceipt;
            }
        }
        catch (OperationCanceledException) when (_done.IsCancellationRequested)
        {
            // The function has ended.
        }
        catch (RequestFailedException e)
        {
            LogLost(_logger, _queue.Name, _message.MessageId, e.ErrorCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of message {MessageId} in queue {Queue} could not be renewed ({ErrorCode}); it may run twice")]
    private static partial void LogLost(ILogger logger, string queue, string messageId, string? errorCode);
}
