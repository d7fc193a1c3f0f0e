using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Jobs;
using SimCse.Jobs.Operations;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>The real Functions app under the local host, on an Azurite of its own, with the demo model: what runs on a user's machine.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    private readonly AzuriteServer _azurite;
    private readonly ServiceProvider _clients;

    private RunningApp(AzuriteServer azurite, FunctionsHost host, ServiceProvider clients)
    {
        _azurite = azurite;
        _clients = clients;
        Host = host;
        Http = new HttpClient { BaseAddress = host.BaseAddress };
    }

    /// <summary>The app's build output, which is a function app as it stands.</summary>
    public static string AppRoot { get; } = Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions", "bin", Configuration, "net10.0");

    public FunctionsHost Host { get; }

    public HttpClient Http { get; }

    public string ConnectionString => _azurite.ConnectionString;

    public JobStorage Storage => _clients.GetRequiredService<JobStorage>();

    public JobReader Reader => _clients.GetRequiredService<JobReader>();

    public SubmitJob Submit => _clients.GetRequiredService<SubmitJob>();

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RunningApp> StartAsync(int instances = 1, string? key = null)
    {
        var azurite = await AzuriteServer.StartAsync(cancellationToken: Cancellation);
        try
        {
            var clients = new ServiceCollection()
                .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
                .AddSimCseJobClients(StorageConnection.FromConnectionString(azurite.ConnectionString))
                .BuildServiceProvider();
            await clients.GetRequiredService<JobStorage>().EnsureCreatedAsync(Cancellation);
            var host = await FunctionsHost.StartAsync(
                new FunctionsHostOptions
                {
                    AppRoot = AppRoot,
                    Instances = instances,
                    FunctionKey = key,
                    Settings = new Dictionary<string, string>
                    {
                        [StorageConnection.SettingName] = azurite.ConnectionString,
                        ["Model__Bundle"] = DemoBundle.Folder,
                    },
                },
                Cancellation);
            var app = new RunningApp(azurite, host, clients);
            await Eventually.GetAsync(
                "the model", async () => (await app.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).IsSuccessStatusCode ? app : null, Cancellation);
            return app;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops a file into <c>texts</c>, as a user does; the event of it starts the job.</summary>
    public async Task DropAsync(string source, string content, JobOptions? options = null)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
        await Submit.UploadAsync(source, stream, options, cancellationToken: Cancellation);
    }

    /// <summary>Waits until the only job of a source has finished, one way or the other.</summary>
    public Task<JobStatus> WaitAsync(string source) => Eventually.GetAsync(
        $"the job of {source}",
        async () => (await Reader.ListAsync(Cancellation)).SingleOrDefault(job => job.Source == source) is { IsFinished: true } job ? job : null,
        Cancellation, TimeSpan.FromMinutes(5));

    /// <summary>Waits until at least so many shards of a source's job are done, and it is still running.</summary>
    public Task<JobStatus> WaitForShardsAsync(string source, int done) => Eventually.GetAsync(
        $"{done} shards of {source}",
        async () => (await Reader.ListAsync(Cancellation)).SingleOrDefault(job => job.Source == source && job.ShardsDone >= done), Cancellation);

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
        await Host.DisposeAsync();
        await _clients.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
