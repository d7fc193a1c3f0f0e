using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.LocalHost.Queues;

namespace SimCse.LocalHost.Tests;

/// <summary>
/// Holds the answer that hands out the first message until the listener has been stopped. Like a connection, the hold ends when the request
/// is cancelled.
/// </summary>
internal sealed class HeldReceive() : ReturningQueues(NullLoggerFactory.Instance)
{
    private readonly TaskCompletionSource _handedOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when storage has handed out a message, and nobody knows of it yet.</summary>
    public Task HandedOut => _handedOut.Task;

    /// <summary>Takes the place of what it inherits from, which the host must have registered.</summary>
    public void Configure(IServiceCollection services)
    {
        Assert.Equal(
            typeof(ReturningQueues), services.Last(service => service.ServiceType == typeof(AzureComponentFactory)).ImplementationType);
        services.AddSingleton<AzureComponentFactory>(this);
    }

    public override object CreateClientOptions(Type optionsType, object? serviceVersion, IConfiguration configuration)
    {
        var options = new QueueClientOptions();
        options.AddPolicy(new Policy(this), HttpPipelinePosition.PerCall);
        return options;
    }

    protected override QueueClient CreateQueue(string connectionString, string name, QueueClientOptions options)
        => new Queue(this, connectionString, name, options);

    private sealed class Queue(HeldReceive held, string connectionString, string name, QueueClientOptions options)
        : ReturningQueueClient(connectionString, name, options, NullLogger.Instance)
    {
        public override async Task<Azure.Response<QueueMessage[]>> ReceiveMessagesAsync(
            int? maxMessages = null, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
        {
            await using var stopped = cancellationToken.Register(() => held._stopped.TrySetResult());
            return await base.ReceiveMessagesAsync(maxMessages, visibilityTimeout, cancellationToken);
        }
    }

    private sealed class Policy(HeldReceive held) : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Method == RequestMethod.Get && message.Response.Content.ToString().Contains(
                "<PopReceipt>", StringComparison.Ordinal))
            {
                held._handedOut.TrySetResult();
                await held._stopped.Task.WaitAsync(message.CancellationToken);
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
    }
}
