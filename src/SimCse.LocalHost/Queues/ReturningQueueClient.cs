using Azure;
using Azure.Core;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;

namespace SimCse.LocalHost.Queues;

/// <summary>
/// A queue that gives back what it is handed while the host stops. The storage extension cancels the request that is under way then. By
/// that time storage may have handed out messages, which nobody would see again before their lease of ten minutes is over.
/// </summary>
/// <remarks>Source: QueueListener.cs (ExecuteAsync, StopAsync) of the storage extension, Azure/azure-sdk-for-net at 5bad1f02.</remarks>
internal class ReturningQueueClient(string connectionString, string queueName, QueueClientOptions options)
    : QueueClient(connectionString, queueName, options)
{
    /// <summary>The time that storage may take to answer, and again to take messages back, after the host has begun to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public override async Task<Response<QueueMessage[]>> ReceiveMessagesAsync(
        int? maxMessages = null, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
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
}

/// <summary>Gives the storage extension queues that are <see cref="ReturningQueueClient"/>s.</summary>
internal class ReturningQueues : AzureComponentFactory
{
    public override TokenCredential CreateTokenCredential(IConfiguration configuration) => null!; // the connection is a string

    public override object CreateClientOptions(Type optionsType, object? serviceVersion, IConfiguration configuration)
        => new QueueClientOptions();

    public override object CreateClient(Type clientType, IConfiguration configuration, TokenCredential credential, object clientOptions)
    {
        var options = (QueueClientOptions)clientOptions;
        var connectionString = ((IConfigurationSection)configuration).Value
            ?? throw new LocalHostException("The connection of a queue must be a connection string; identities need Azure.");
        return new Service(connectionString, options, name => CreateQueue(connectionString, name, options));
    }

    protected virtual QueueClient CreateQueue(string connectionString, string name, QueueClientOptions options)
        => new ReturningQueueClient(connectionString, name, options);

    private sealed class Service(string connectionString, QueueClientOptions options, Func<string, QueueClient> createQueue)
        : QueueServiceClient(connectionString, options)
    {
        public override QueueClient GetQueueClient(string queueName) => createQueue(queueName);
    }
}
