using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Cli.Local;

/// <summary>Azurite, the Functions host and clients of the same storage; disposing stops everything that was started here.</summary>
internal sealed class LocalRun : IAsyncDisposable
{
    private const int BlobPort = 10000;
    private const int QueuePort = 10001;

    private readonly ILoggerFactory _logs;
    private AzuriteServer? _azurite;
    private FunctionsHost? _host;
    private ServiceProvider? _clients;

    private LocalRun(ILoggerFactory logs) => _logs = logs;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Of the Azurite that was started here; <see langword="null"/> when the storage ran already.</summary>
    public int? AzuriteProcessId => _azurite?.ProcessId;

    public FunctionsHost Host => _host ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>The operations on jobs.</summary>
    public IServiceProvider Clients => _clients ?? throw new InvalidOperationException("Storage has not started.");

    /// <summary>Starts everything, phase by phase, and returns when the model is warm.</summary>
    public static async Task<LocalRun> StartAsync(LocalRunOptions options, LogFile log, Phases phases, CancellationToken cancellationToken)
    {
        var run = new LocalRun(LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
            if (options.Activity is { } activity)
            {
                logging.AddProvider(activity);
            }
        }));
        try
        {
            await run.StartStorageAsync(options, phases, cancellationToken);
            run._host = await phases.RunAsync(
                options.Instances == 1 ? "Starting the Functions host" : $"Starting the Functions host with {options.Instances} instances",
                () => run.StartHostAsync(options, cancellationToken), host => host.BaseAddress.ToString());
            await phases.RunAsync($"Warming the model {options.Bundle.ModelName}", () => ModelReadiness.WaitAsync(run._host, cancellationToken));
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>The host first: it drains what is in flight into storage that still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_clients is not null)
        {
            await _clients.DisposeAsync();
        }

        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        _logs.Dispose();
    }

    private async Task StartStorageAsync(LocalRunOptions options, Phases phases, CancellationToken cancellationToken)
    {
        if (options.ConnectionString is { } given)
        {
            ConnectionString = given;
        }
        else
        {
            _azurite = await phases.RunAsync(
                "Starting Azurite, the storage emulator (the first time npm installs it)", () => StartAzuriteAsync(options, cancellationToken),
                azurite => Endpoint(azurite.ConnectionString, "BlobEndpoint"));
            ConnectionString = _azurite.ConnectionString;
        }

        _clients = StorageSelection.Connect(StorageConnection.FromConnectionString(ConnectionString));
        await _clients.GetRequiredService<JobStorage>().EnsureCreatedAsync(cancellationToken);
    }

    private async Task<AzuriteServer> StartAzuriteAsync(LocalRunOptions options, CancellationToken cancellationToken)
    {
        var azurite = new AzuriteOptions { DataFolder = options.AzuriteFolder, LoggerFactory = _logs };
        if (options.UsualPorts && IsFree(BlobPort, QueuePort))
        {
            try
            {
                return await AzuriteServer.StartAsync(azurite with { BlobPort = BlobPort, QueuePort = QueuePort }, cancellationToken);
            }
            catch (LocalHostException) when (!IsFree(BlobPort, QueuePort))
            {
                // Another program took a port in between: any other will do.
            }
        }

        return await AzuriteServer.StartAsync(azurite, cancellationToken);
    }

    private Task<FunctionsHost> StartHostAsync(LocalRunOptions options, CancellationToken cancellationToken) => FunctionsHost.StartAsync(
        new FunctionsHostOptions
        {
            AppRoot = options.App ?? FunctionsApp.Find(),
            Settings = new Dictionary<string, string>(options.Settings)
            {
                [StorageConnection.SettingName] = ConnectionString,
                ["Model__Bundle"] = options.Bundle.Folder,
            },
            Instances = options.Instances,
            BlobEvents = options.BlobEvents,
            Port = options.Port,
            FunctionKey = options.FunctionKey,
            OnBlobNoticed = options.Activity is { } activity ? activity.Noticed : null,
            LoggerFactory = _logs,
        },
        cancellationToken);

    /// <summary>One field of a connection string.</summary>
    public static string Endpoint(string connectionString, string field) => connectionString.Split(';')
        .FirstOrDefault(part => part.StartsWith($"{field}=", StringComparison.OrdinalIgnoreCase))?[(field.Length + 1)..] ?? connectionString;

    private static bool IsFree(params int[] ports)
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select((IPEndPoint listener) => listener.Port).ToHashSet();
        return !ports.Any(taken.Contains);
    }
}
