using Microsoft.Extensions.Logging;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Cli.Local;

/// <summary>A <see cref="LocalApp"/> that shows each step of its start, with a client. Disposing stops everything.</summary>
internal sealed class LocalRun : IAsyncDisposable
{
    private readonly ILoggerFactory _logs;
    private readonly LocalApp _app;
    private JobClient? _client;

    private LocalRun(ILoggerFactory logs, LocalAppOptions options)
    {
        _logs = logs;
        _app = new LocalApp(
            options with { Host = options.Host with { LoggerFactory = logs }, Azurite = options.Azurite with { LoggerFactory = logs } });
    }

    public string ConnectionString => _app.ConnectionString;

    /// <inheritdoc cref="LocalApp.AzuriteProcessId"/>
    public int? AzuriteProcessId => _app.AzuriteProcessId;

    public FunctionsHost Host => _app.Host;

    /// <inheritdoc cref="LocalApp.Completion"/>
    public Task Completion => _app.Completion;

    public JobClient Client => _client ?? throw new InvalidOperationException("Storage has not started.");

    /// <summary>Options to run a bundle with <paramref name="app"/>, or with the app beside this program.</summary>
    public static LocalAppOptions Options(Bundle bundle, string? app = null) => new()
    {
        Azurite = new() { CacheFolder = UserCache.Folder },
        Host = new FunctionsHostOptions
        {
            AppRoot = app ?? FunctionsApp.Find(),
            Settings = new Dictionary<string, string> { ["Model__Bundle"] = bundle.Folder },
        },
    };

    /// <summary>Starts everything step by step, and returns when the model is warm.</summary>
    public static async Task<LocalRun> StartAsync(
        LocalAppOptions options, Phases phases, CancellationToken cancellationToken, params IReadOnlyList<ILoggerProvider> logs)
    {
        var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug));
        foreach (var log in logs)
        {
            factory.AddProvider(log);
        }

        var run = new LocalRun(factory, options);
        try
        {
            await run.StartAsync(options, phases, cancellationToken);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _logs.Dispose();
    }

    /// <summary>Extracts one field of a connection string.</summary>
    public static string Endpoint(string connectionString, string field) => connectionString.Split(';')
        .FirstOrDefault(part => part.StartsWith($"{field}=", StringComparison.OrdinalIgnoreCase))?[(field.Length + 1)..]
            ?? connectionString;

    private async Task StartAsync(LocalAppOptions options, Phases phases, CancellationToken cancellationToken)
    {
        if (options.ConnectionString is null)
        {
            await phases.RunAsync(
                "Starting Azurite, the storage emulator (the first time npm installs it)",
                () => _app.StartStorageAsync(cancellationToken), () => Endpoint(ConnectionString, "BlobEndpoint"));
        }
        else
        {
            await _app.StartStorageAsync(cancellationToken);
        }

        _client = StorageSelection.Connect(StorageConnection.FromConnectionString(ConnectionString));
        await _client.Storage.EnsureCreatedAsync(cancellationToken);
        var instances = options.Host.Instances;
        await phases.RunAsync(
            instances == 1 ? "Starting the Functions host" : $"Starting the Functions host with {instances} instances",
            () => _app.StartHostAsync(cancellationToken), () => Host.BaseAddress.ToString());
        await phases.RunAsync("Warming the model", () => _app.WaitUntilReadyAsync(cancellationToken));
    }
}
