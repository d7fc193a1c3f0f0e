using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>
/// The library's operations in a process of their own, so to speak, on the real Azurite of the assembly, driven by hand:
/// <see cref="DrainAsync()"/> stands for the Functions host. One rig at a time uses the account's queues: tests with one share a
/// collection.
/// </summary>
public sealed class JobRig
{
    private readonly ServiceProvider _services;

    /// <summary>Of the host and of users: what befalls the operations' storage does not befall it.</summary>
    private readonly JobStorage _outside;

    private JobRig(ServiceProvider services, JobStorage outside)
    {
        _services = services;
        _outside = outside;
    }

    public JobStorage Storage => _outside;

    internal PlanJob PlanJob => Get<PlanJob>();

    internal EncodeShard EncodeShard => Get<EncodeShard>();

    public JobClient Client => Get<JobClient>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A rig on empty queues.</summary>
    internal static async Task<JobRig> StartAsync(
        AzuriteFixture azurite, SentenceEncoder encoder, JobOptions? defaults = null, TimeProvider? time = null,
        Func<SentenceEncoder>? load = null, bool planOldSources = false, ReconcileLimits? reconcile = null,
        HttpPipelinePolicy? policy = null, AppSettings? settings = null, string? prefixes = null)
    {
        var rig = Create(
            azurite, load ?? (() => encoder), defaults, time, policy, planOldSources: planOldSources, reconcile: reconcile,
            settings: settings, prefixes: prefixes);
        await rig.Storage.EnsureCreatedAsync(Cancellation);
        await rig.Storage.PlanQueue.ClearMessagesAsync(Cancellation);
        await rig.Storage.ShardsQueue.ClearMessagesAsync(Cancellation);
        return rig;
    }

    /// <summary>A rig with shards of two texts; its requests go through <paramref name="policy"/>.</summary>
    internal static JobRig WithSmallShards(
        AzuriteFixture azurite, SentenceEncoder encoder, HttpPipelinePolicy? policy = null, TimeProvider? time = null,
        ILoggerFactory? logs = null, ArithmeticOptions? arithmetic = null) =>
        Create(
            azurite, () => encoder, time: time, policy: policy, limits: new ShardLimits(1_000, Texts: 2, Bytes: 1 << 20), logs: logs,
            arithmetic: arithmetic);

    /// <summary>A rig with shards of two texts that are let into the queue two at first, and at most four at a time.</summary>
    internal static JobRig WithSmallPortions(AzuriteFixture azurite, SentenceEncoder encoder, HttpPipelinePolicy? policy = null) => Create(
        azurite, () => encoder, policy: policy, limits: new ShardLimits(100, Texts: 2, Bytes: 1 << 20), portions: new PortionLimits(2, 4));

    /// <summary>
    /// A rig with row groups of two texts, which go to storage in small blocks; its requests go through <paramref name="policy"/>.
    /// </summary>
    internal static JobRig WithSmallSlices(AzuriteFixture azurite, SentenceEncoder encoder, HttpPipelinePolicy? policy = null) =>
        Create(azurite, () => encoder, policy: policy, groups: new SliceLimits(Texts: 2, Bytes: 1 << 20, BlockBytes: 2_048));

    /// <summary>A rig whose shards tell at once, and all the time, how far they are.</summary>
    internal static JobRig WithTalkativeShards(AzuriteFixture azurite, SentenceEncoder encoder, HttpPipelinePolicy policy) =>
        Create(azurite, () => encoder, policy: policy, groups: SliceLimits.Default with { Texts = 2, Silence = TimeSpan.Zero });

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public async Task<string> UploadAsync(byte[] content, string extension = "txt", JobOptions? options = null)
    {
        var source = $"{Guid.NewGuid():N}.{extension}";
        await UploadAsync(source, content, options);
        return source;
    }

    public Task<string> UploadAsync(string content, string extension = "txt", JobOptions? options = null) =>
        UploadAsync(System.Text.Encoding.UTF8.GetBytes(content), extension, options);

    public async Task UploadAsync(string source, byte[] content, JobOptions? options = null)
    {
        using var stream = new MemoryStream(content);
        await Client.UploadAsync(source, stream, options, cancellationToken: Cancellation);
    }

    /// <summary>Submits a source and lets everything happen that follows from it.</summary>
    public async Task<JobStatus> RunAsync(string source, JobOptions? options = null)
    {
        var job = await PlanAsync(source, options);
        await DrainAsync();
        return await GetAsync(job);
    }

    /// <summary>Plans a source and leaves its shards in the queue.</summary>
    public async Task<string> PlanAsync(string source, JobOptions? options = null)
    {
        var submission = await Client.SubmitAsync(source, options, cancellationToken: Cancellation);
        await DrainPlanAsync();
        return (await Client.TryGetSubmissionAsync(submission, Cancellation))!.Job!;
    }

    public async Task<JobStatus> GetAsync(string job) => (await Client.GetAsync(job, Cancellation))!;

    public async Task DrainAsync()
    {
        await DrainPlanAsync();
        await DrainAsync(Storage.ShardsQueue, message => EncodeShard.RunAsync(message, null, Cancellation));
    }

    /// <summary>Records that a shard has failed.</summary>
    public Task FailAsync(string job, int shard) => Get<JobFailures>().FailAsync(job, shard, "It was broken by a test.", Cancellation);

    public Task DrainPlanAsync() => DrainAsync(Storage.PlanQueue, message => PlanJob.RunAsync(message, Cancellation));

    /// <summary>How many messages wait for <see cref="DrainAsync()"/>.</summary>
    public async Task<(int Plan, int Shards)> CountMessagesAsync() => (
        (await Storage.PlanQueue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount,
        (await Storage.ShardsQueue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);

    /// <summary>Makes of a complete job one whose last shard was killed before <c>_SUCCESS</c>.</summary>
    public async Task ReopenAsync(JobStatus job)
    {
        await Storage.Embeddings.DeleteBlobAsync(StorageNames.Success(job.Source, job.Job), cancellationToken: Cancellation);
        await Storage.Jobs.GetBlobClient(StorageNames.Open(job.Job)).UploadAsync(
            BinaryData.FromString("""{"version":1,"at":"2026-11-27T00:00:00+00:00"}"""), Cancellation);
    }

    /// <summary>
    /// Deletes all that other tests have left behind, in a few requests: the name of a deleted container is free at once in Azurite,
    /// unlike in Azure.
    /// </summary>
    public async Task EmptyAsync()
    {
        foreach (var container in (BlobContainerClient[])[Storage.Texts, Storage.Jobs, Storage.Embeddings])
        {
            await container.DeleteAsync(cancellationToken: Cancellation);
            await container.CreateAsync(cancellationToken: Cancellation);
        }
    }

    /// <summary>Names of blobs that begin so; in <c>embeddings</c> with the records of sources that begin so.</summary>
    public static async Task<List<string>> ListAsync(BlobContainerClient container, string prefix)
    {
        var names = new List<string>();
        string[] prefixes = container.Name == StorageNames.Embeddings ? [prefix, StorageNames.LatestFolder + prefix] : [prefix];
        foreach (var each in prefixes)
        {
            await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = each }, Cancellation))
            {
                names.Add(blob.Name);
            }
        }

        return [.. names.Distinct()];
    }

    /// <summary>Downloads the parts of a job and asks DuckDB about all of them as <c>parts</c>.</summary>
    public async Task<List<object?[]>> QueryAsync(JobStatus job, string sql)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (await ListAsync(Storage.Embeddings, job.Output!)).Where(
            name => name.EndsWith(".parquet", StringComparison.Ordinal)))
        {
            await Storage.Embeddings.GetBlobClient(name).DownloadToAsync(folder[Path.GetFileName(name)], Cancellation);
        }

        return await DuckDb.QueryAsync(
            sql.Replace("parts", $"read_parquet('{folder.Path}/*.parquet')", StringComparison.Ordinal), Cancellation);
    }

    /// <summary>The rows of a job as <c>line:id:text</c>, in the order of parts and rows.</summary>
    public async Task<string[]> RowsAsync(JobStatus job) =>
        [.. (await QueryAsync(job, "select line || ':' || id || ':' || text from parts")).Select(row => (string)row[0]!)];

    /// <summary>The error rows of a job, as they stand in the files.</summary>
    public async Task<List<string>> ErrorsAsync(JobStatus job)
    {
        var lines = new List<string>();
        foreach (var name in (await ListAsync(Storage.Embeddings, job.Output!)).Where(
            name => name.EndsWith(".jsonl", StringComparison.Ordinal)))
        {
            var content = await Storage.Embeddings.GetBlobClient(name).DownloadContentAsync(Cancellation);
            lines.AddRange(content.Value.Content.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return lines;
    }

    private static JobRig Create(
        AzuriteFixture azurite, Func<SentenceEncoder> load, JobOptions? defaults = null, TimeProvider? time = null,
        HttpPipelinePolicy? policy = null,
        ShardLimits? limits = null, SliceLimits? groups = null, PortionLimits? portions = null, bool planOldSources = false,
        ReconcileLimits? reconcile = null, ILoggerFactory? logs = null, AppSettings? settings = null, string? prefixes = null,
        ArithmeticOptions? arithmetic = null)
    {
        var connection = StorageConnection.FromConnectionString(azurite.ConnectionString);
        var services = new ServiceCollection()
            .AddSingleton(logs ?? NullLoggerFactory.Instance)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton(_ => new WarmEncoder(load))
            .AddSimCseJobs(
                connection, new DefaultOptions(defaults ?? new JobOptions(), prefixes), planOldSources: planOldSources, settings: settings)
            .AddSingleton(JobStorage.Connect(connection, new Patience(policy)))
            .AddSingleton(limits ?? ShardLimits.Default)
            .AddSingleton(groups ?? SliceLimits.Default)
            .AddSingleton(portions ?? PortionLimits.Default)
            .AddSingleton(arithmetic ?? new ArithmeticOptions(IsStrict: false))
            .AddSingleton(reconcile ?? ReconcileLimits.Default)
            .AddSingleton(time ?? TimeProvider.System);

        // Not disposed of: the provider would dispose of the encoder, which belongs to the assembly.
        var rig = new JobRig(services.BuildServiceProvider(), JobStorage.Connect(connection, new Patience(inner: null)));
        rig.Get<WarmEncoder>().Start();
        return rig;
    }

    /// <summary>
    /// Hands over messages until there are none. One that fails is there again at once, and the failure goes to the caller.
    /// </summary>
    private static async Task DrainAsync(QueueClient queue, Func<string, Task> handle)
    {
        while ((await queue.ReceiveMessagesAsync(1, cancellationToken: Cancellation)).Value is [var message])
        {
            try
            {
                await handle(message.Body.ToString());
            }
            catch
            {
                await queue.UpdateMessageAsync(
                    message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Cancellation);
                throw;
            }

            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        }
    }
}
