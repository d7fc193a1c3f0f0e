using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>
/// The real Functions app under the local host, on an Azurite of its own, with the demo model: what runs on a user's machine.
/// </summary>
internal sealed class RunningApp : IAsyncDisposable
{
    private readonly LocalApp _app;

    private RunningApp(LocalApp app, CapturedLogs logs)
    {
        _app = app;
        Client = new JobClient(JobStorage.Connect(StorageConnection.FromConnectionString(app.ConnectionString)));
        Logs = logs;
        Http = new HttpClient { BaseAddress = app.Host.BaseAddress };
    }

    public FunctionsHost Host => _app.Host;

    /// <summary>Of the host that the app began with.</summary>
    public HttpClient Http { get; }

    public CapturedLogs Logs { get; }

    public string ConnectionString => _app.ConnectionString;

    public JobStorage Storage => Client.Storage;

    public JobClient Client { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RunningApp> StartAsync(
        int instances = 1, string? key = null, Func<FunctionsHostOptions, FunctionsHostOptions>? configure = null)
    {
        var logs = new CapturedLogs();
        var options = new FunctionsHostOptions
        {
            AppRoot = BuiltApp.Folder,
            Instances = instances,
            FunctionKey = key,
            LoggerFactory = logs,
            Settings = new Dictionary<string, string> { ["Model__Bundle"] = DemoBundle.Folder },
        };
        var app = new RunningApp(
            await LocalApp.StartAsync(new LocalAppOptions { Host = configure?.Invoke(options) ?? options }, Cancellation), logs);
        await app.Storage.EnsureCreatedAsync(Cancellation); // the app does so, too, but nobody can wait for it
        return app;
    }

    /// <summary>Another host takes the place of one that was stopped.</summary>
    public Task StartAnotherHostAsync() => _app.StartHostAsync(Cancellation);

    /// <summary>Drops a file into <c>texts</c>, as a user does; the event of it starts the job.</summary>
    public async Task DropAsync(string source, string content, JobOptions? options = null)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
        await Client.UploadAsync(source, stream, options, cancellationToken: Cancellation);
    }

    /// <summary>Waits until the only job of a source has finished, one way or the other.</summary>
    public Task<JobStatus> WaitAsync(string source) => Eventually.GetAsync(
        $"the job of {source}",
        async () =>
            (await Client.ListAsync(Cancellation)).SingleOrDefault(job => job.Source == source) is { IsFinished: true } job ? job : null,
        Cancellation, TimeSpan.FromMinutes(5));

    /// <summary>Waits until at least so many shards of a source's job are done.</summary>
    public Task<JobStatus> WaitForShardsAsync(string source, int done) => Eventually.GetAsync(
        $"{done} shards of {source}",
        async () =>
            (await Client.ListAsync(Cancellation)).SingleOrDefault(job => job.Source == source && job.ShardsDone >= done), Cancellation);

    /// <summary>Downloads a job's parts and asks DuckDB about all of them as <c>parts</c>.</summary>
    public async Task<List<object?[]>> QueryAsync(JobStatus job, string sql)
    {
        using var folder = new TemporaryFolder();
        foreach (var shard in Enumerable.Range(0, job.Shards))
        {
            await Storage.Embeddings.GetBlobClient(StorageNames.Part(job.Source, job.Job, shard))
                .DownloadToAsync(folder[$"part-{shard:00000}.parquet"], Cancellation);
        }

        return await DuckDb.QueryAsync(sql.Replace("parts", $"'{folder.Path}/*.parquet'", StringComparison.Ordinal), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
