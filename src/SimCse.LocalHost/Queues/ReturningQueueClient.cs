using Azure;
using Azure.Core;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Queues;

/// <summary>
/// A queue that keeps the storage extension's listener alive. It gives back what it is handed while the host stops: the extension cancels
/// the request that is under way then, and storage may have handed out messages, which nobody would see again before their lease of ten
/// minutes is over. And whatever storage answers, it is an error that the extension survives.
/// </summary>
/// <remarks>
/// Source: QueueListener.cs (ExecuteAsync, StopAsync), QueueProcessor.cs and UpdateQueueMessageVisibilityCommand.cs of the storage
/// extension, Azure/azure-sdk-for-net at 5bad1f02. Its listener ends at any failure to read the queue but an answer of 5xx, and at any
/// failure to settle a message but one that is gone.
/// </remarks>
internal class ReturningQueueClient(string connectionString, string queueName, QueueClientOptions options, ILogger logger)
    : QueueClient(connectionString, queueName, options)
{
    /// <summary>The time that storage may take to answer, and again to take messages back, after the host has begun to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private bool _isFailing;

    public override Task<Response<bool>> ExistsAsync(CancellationToken cancellationToken = default)
        => ReadAsync(() => base.ExistsAsync(cancellationToken), cancellationToken);

    public override Task<Response<QueueMessage[]>> ReceiveMessagesAsync(
        int? maxMessages = null, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
        => ReadAsync(() => ReceiveOrReturnAsync(maxMessages, visibilityTimeout, cancellationToken), cancellationToken);

    public override async Task<Response<UpdateReceipt>> UpdateMessageAsync(
        string messageId, string popReceipt, string? messageText = null, TimeSpan visibilityTimeout = default,
        CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.UpdateMessageAsync(messageId, popReceipt, messageText, visibilityTimeout, cancellationToken);
        }
        catch (Exception e) when (IsUnexpected(e, cancellationToken))
        {
            Log.MessageNotSettled(logger, messageId, Name, "kept or released", FirstLine(e));
            throw Gone(e);
        }
    }

    public override async Task<Response> DeleteMessageAsync(
        string messageId, string popReceipt, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.DeleteMessageAsync(messageId, popReceipt, cancellationToken);
        }
        catch (Exception e) when (IsUnexpected(e, cancellationToken))
        {
            Log.MessageNotSettled(logger, messageId, Name, "deleted", FirstLine(e));
            throw Gone(e);
        }
    }

    /// <summary>Used for poison queues. After a cancellation the extension leaves the message alone, which comes back.</summary>
    public override async Task<Response<SendReceipt>> SendMessageAsync(
        BinaryData message, TimeSpan? visibilityTimeout = null, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.SendMessageAsync(message, visibilityTimeout, timeToLive, cancellationToken);
        }
        catch (Exception e) when (IsUnexpected(e, cancellationToken))
        {
            Log.MessageNotSettled(logger, "(new)", Name, "sent", FirstLine(e));
            throw new OperationCanceledException(e.Message, e);
        }
    }

    /// <summary>Makes a message visible that will not be processed. If that fails, it comes back when its lease ends.</summary>
    public static async Task GiveBackAsync(QueueClient queue, QueueMessage message)
    {
        using var limit = new CancellationTokenSource(Grace);
        try
        {
            await queue.UpdateMessageAsync(
                message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: limit.Token);
        }
        catch (Exception e) when (StorageFailure.Is(e) || e is OperationCanceledException)
        {
            // Storage is gone, or somebody else has the message by now.
        }
    }

    private async Task<Response<QueueMessage[]>> ReceiveOrReturnAsync(
        int? maxMessages, TimeSpan? visibilityTimeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var limit = new CancellationTokenSource();
        using var stopping = cancellationToken.Register(() => limit.CancelAfter(Grace));
        var answer = await base.ReceiveMessagesAsync(maxMessages, visibilityTimeout, limit.Token);
        if (!cancellationToken.IsCancellationRequested)
        {
            return answer;
        }

        await Task.WhenAll(answer.Value.Select(message => GiveBackAsync(this, message)));
        throw new OperationCanceledException(cancellationToken);
    }

    private async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await read();
            _isFailing = false;
            return answer;
        }
        catch (Exception e) when (IsUnexpected(e, cancellationToken))
        {
            if (!_isFailing)
            {
                _isFailing = true;
                Log.QueueNotRead(logger, Name, FirstLine(e));
            }

            throw new RequestFailedException(503, e.Message, "ServerBusy", e);
        }
    }

    /// <summary>All but what the extension handles: a queue or message that is not there, and a receipt that is worth nothing.</summary>
    private static bool IsUnexpected(Exception exception, CancellationToken cancellationToken)
        => !cancellationToken.IsCancellationRequested && exception is not RequestFailedException { Status: 400 or 404 or 409 };

    private static RequestFailedException Gone(Exception exception) => new(404, exception.Message, "MessageNotFound", exception);

    private static string FirstLine(Exception exception) => exception.Message.Split('\n', 2)[0].Trim();
}

/// <summary>Gives the storage extension queues that are <see cref="ReturningQueueClient"/>s.</summary>
internal class ReturningQueues(ILoggerFactory loggers) : AzureComponentFactory
{
    protected ILogger Logger { get; } = loggers.CreateLogger<ReturningQueueClient>();

    public override TokenCredential CreateTokenCredential(IConfiguration configuration) => null!; // the connection is a string

    public override object CreateClientOptions(Type optionsType, object? serviceVersion, IConfiguration configuration)
        => new QueueClientOptions();

    public override object CreateClient(Type clientType, IConfiguration configuration, TokenCredential credential, object clientOptions)
    {
        var options = (QueueClientOptions)clientOptions;
        var connectionString = ((IConfigurationSection)configuration).Value
            ?? throw new LocalHostException("The connection of a queue must be a connection string; identities need Azure.");
        // The extension changes the encoding and asks again: it reads with one client, and fills poison queues with both.
        var encoding = options.MessageEncoding;
        return new Service(connectionString, options, name =>
        {
            lock (options)
            {
                options.MessageEncoding = encoding;
                return CreateQueue(connectionString, name, options);
            }
        });
    }

    protected virtual QueueClient CreateQueue(string connectionString, string name, QueueClientOptions options)
        => new ReturningQueueClient(connectionString, name, options, Logger);

    private sealed class Service(string connectionString, QueueClientOptions options, Func<string, QueueClient> createQueue)
        : QueueServiceClient(connectionString, options)
    {
        public override QueueClient GetQueueClient(string queueName) => createQueue(queueName);
    }
}
