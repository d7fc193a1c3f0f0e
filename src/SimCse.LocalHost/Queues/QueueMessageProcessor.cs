using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Takes one message to its end: run and deleted, released for another try, or moved to the poison queue. Thread-safe.</summary>
/// <remarks>Source: QueueProcessor.cs and QueueListener.cs of Azure/azure-sdk-for-net, sdk/storage/…WebJobs.Extensions.Storage.Queues.</remarks>
internal sealed partial class QueueMessageProcessor(
    FunctionMetadata function,
    QueueClient queue,
    PoisonQueue? poison,
    FunctionInvoker invoker,
    QueuesSection options,
    TimeSpan lease,
    TimeProvider timeProvider,
    ILogger logger)
{
    public async Task ProcessAsync(QueueMessage message)
    {
        try
        {
            if (!MessageBody.TryDecode(message.MessageText, options.MessageEncoding, out var body))
            {
                await RefuseAsync(message);
            }
            else if (poison is not null && message.DequeueCount > options.MaxDequeueCount)
            {
                // Its last run did not live to say how it ended.
                LogTooOften(logger, message.MessageId, queue.Name, message.DequeueCount);
                await poison.MoveAsync(message, message.PopReceipt);
            }
            else
            {
                await RunAsync(message, body);
            }
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            // Whatever was left undone is done at the next delivery, when the lease has run out.
            LogStorage(logger, e, message.MessageId, queue.Name);
        }
    }

    private async Task RunAsync(QueueMessage message, byte[] body)
    {
        await using var held = new MessageLease(queue, message, lease, timeProvider, logger);
        object value = function.Trigger.IsBinary ? body : Encoding.UTF8.GetString(body);
        var payload = InvocationPayload.ForQueue(function, message, value, timeProvider);
        var failure = await invoker.InvokeAsync(function, $"New queue message detected on '{queue.Name}'.", payload);
        await held.StopAsync();
        if (failure is null)
        {
            await queue.DeleteMessageAsync(message.MessageId, held.PopReceipt);
        }
        else if (poison is null)
        {
            // Released at once it would run in a circle for ever, so it stays invisible until the lease ends.
            LogLeft(logger, message.MessageId, queue.Name);
        }
        else if (message.DequeueCount >= options.MaxDequeueCount)
        {
            LogPoison(logger, message.MessageId, queue.Name, message.DequeueCount);
            await poison.MoveAsync(message, held.PopReceipt);
        }
        else
        {
            await queue.UpdateMessageAsync(message.MessageId, held.PopReceipt, visibilityTimeout: options.VisibilityTimeout);
        }
    }

    private async Task RefuseAsync(QueueMessage message)
    {
        LogUndecodable(logger, message.MessageId, queue.Name);
        if (poison is not null)
        {
            await poison.MoveAsync(message, message.PopReceipt);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} in queue {Queue} is not base64, as host.json demands; moved to the poison queue")]
    private static partial void LogUndecodable(ILogger logger, string messageId, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} in queue {Queue} was delivered {Count} times; moved to the poison queue unrun")]
    private static partial void LogTooOften(ILogger logger, string messageId, string queue, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} in queue {Queue} failed {Count} times; moved to the poison queue")]
    private static partial void LogPoison(ILogger logger, string messageId, string queue, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} in queue {Queue} failed; there is no poison queue for it, so it stays invisible")]
    private static partial void LogLeft(ILogger logger, string messageId, string queue);

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage failed for message {MessageId} in queue {Queue}")]
    private static partial void LogStorage(ILogger logger, Exception exception, string messageId, string queue);
}
