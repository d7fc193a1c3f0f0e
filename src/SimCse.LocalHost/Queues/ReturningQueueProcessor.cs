using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.WebJobs.Host.Executors;
using Microsoft.Azure.WebJobs.Host.Queues;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost.Queues;

/// <summary>
/// Makes the message of an invocation that the host has cut off visible at once. The storage extension takes that for a failure of the
/// function: it would wait for <c>visibilityTimeout</c>, move the message to its poison queue after the last try, and leave a message that
/// is in a poison queue invisible for ten minutes.
/// </summary>
/// <remarks>Source: QueueProcessor.cs of the storage extension, Azure/azure-sdk-for-net at 326ee7c0.</remarks>
internal sealed class ReturningQueueProcessor(QueueProcessorOptions options, MessagesInHand inHand) : QueueProcessor(options)
{
    private readonly QueueClient _queue = options.Queue;

    protected override async Task<bool> BeginProcessingMessageAsync(QueueMessage message, CancellationToken cancellationToken)
    {
        inHand.Add();
        var begins = false;
        try
        {
            return begins = await base.BeginProcessingMessageAsync(message, cancellationToken);
        }
        finally
        {
            if (!begins)
            {
                inHand.Remove();
            }
        }
    }

    protected override async Task CompleteProcessingMessageAsync(
        QueueMessage message, FunctionResult result, CancellationToken cancellationToken)
    {
        try
        {
            await (IsCutOff(result.Exception)
                ? ReturningQueueClient.GiveBackAsync(_queue, message)
                : base.CompleteProcessingMessageAsync(message, result, cancellationToken));
        }
        finally
        {
            inHand.Remove();
        }
    }

    private static bool IsCutOff(Exception? exception) => exception switch
    {
        null => false,
        InvocationFailedException { GivenUp: true } or LocalHostException => true,
        _ => IsCutOff(exception.InnerException),
    };
}

/// <summary>Makes a <see cref="ReturningQueueProcessor"/> for each queue.</summary>
internal sealed class ReturningQueueProcessors(MessagesInHand inHand) : IQueueProcessorFactory
{
    public QueueProcessor Create(QueueProcessorOptions queueProcessorOptions)
        => new ReturningQueueProcessor(queueProcessorOptions, inHand);
}

/// <summary>
/// Counts the messages that are being processed: the extension does not wait for one that arrived just when it was stopped. Thread-safe.
/// </summary>
internal sealed class MessagesInHand
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    public MessagesInHand() => _none.SetResult();

    /// <summary>Completes when no message is being processed.</summary>
    public Task None
    {
        get
        {
            lock (_gate)
            {
                return _none.Task;
            }
        }
    }

    public void Add()
    {
        lock (_gate)
        {
            if (_count++ == 0)
            {
                _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Remove()
    {
        lock (_gate)
        {
            if (--_count == 0)
            {
                _none.SetResult();
            }
        }
    }
}
