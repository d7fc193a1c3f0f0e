using System.Text;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>An Azurite, and jobs that the real library runs on it with the demo model, in shards of two texts.</summary>
public sealed class StoredJobs : IAsyncLifetime
{
    private readonly AzuriteFixture _azurite = new();

    /// <summary>The classes that share this one share its queues, too.</summary>
    private readonly SemaphoreSlim _queues = new(1);

    private SentenceEncoder? _encoder;
    private ServiceProvider? _services;

    public string ConnectionString => _azurite.ConnectionString;

    public JobClient Client => _services!.GetRequiredService<JobClient>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _azurite.InitializeAsync();
        _encoder = SentenceEncoder.Load(await Models.DemoBundleCache.EnsureAsync(Cancellation));
        _services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton(_ => new WarmEncoder(() => _encoder))
            .AddSimCseJobs(StorageConnection.FromConnectionString(ConnectionString), new DefaultOptions(new JobOptions()))
            .AddSingleton(new ShardLimits(1_000, Texts: 2, Bytes: 1 << 20))
            .BuildServiceProvider();
        _services.GetRequiredService<WarmEncoder>().Start();
        await Client.Storage.EnsureCreatedAsync(Cancellation);
    }

    /// <summary>Runs the job of a new version of a source to its end.</summary>
    public async Task<JobStatus> RunAsync(string source, string content, JobOptions? options = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        await Client.UploadAsync(source, stream, options, cancellationToken: Cancellation);
        await _queues.WaitAsync(Cancellation);
        try
        {
            var submission = await Client.SubmitAsync(source, options, cancellationToken: Cancellation);
            var worker = _services!.GetRequiredService<JobWorker>();
            await DrainAsync(Client.Storage.PlanQueue, message => worker.PlanAsync(message, Cancellation));
            await DrainAsync(Client.Storage.ShardsQueue, message => worker.EncodeAsync(message, null, Cancellation));
            var job = (await Client.TryGetSubmissionAsync(submission, Cancellation))!.Job!;
            return (await Client.GetAsync(job, Cancellation))!;
        }
        finally
        {
            _queues.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _encoder?.Dispose();
        _queues.Dispose();
        await _azurite.DisposeAsync();
    }

    private static async Task DrainAsync(QueueClient queue, Func<string, Task> handle)
    {
        while ((await queue.ReceiveMessagesAsync(1, cancellationToken: Cancellation)).Value is [var message])
        {
            await handle(message.Body.ToString());
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        }
    }
}
