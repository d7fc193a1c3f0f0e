using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Azurite;
using SimCse.LocalHost.Http;

namespace SimCse.LocalHost;

/// <summary>The options of a <see cref="LocalApp"/>.</summary>
public sealed record LocalAppOptions
{
    /// <summary>The options of the host. <see cref="LocalApp"/> adds the setting <c>AzureWebJobsStorage</c>.</summary>
    public required FunctionsHostOptions Host { get; init; }

    /// <summary>The options of the storage emulator, which is used if <see cref="ConnectionString"/> is null.</summary>
    public AzuriteOptions Azurite { get; init; } = new();

    /// <summary>The connection string of storage that already runs; <see langword="null"/> starts an Azurite.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Whether to prefer Azurite's usual ports, so that <c>UseDevelopmentStorage=true</c> finds it.</summary>
    public bool UsualPorts { get; init; }
}

/// <summary>
/// Storage and the app on this machine. <see cref="StartAsync"/> starts both and waits for the model; the caller may instead run the steps
/// one by one. Disposing stops what was started here. Not thread-safe.
/// </summary>
/// <param name="options">The options of storage and app.</param>
public sealed class LocalApp(LocalAppOptions options) : IAsyncDisposable
{
    private const int BlobPort = 10000;
    private const int QueuePort = 10001;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private AzuriteServer? _azurite;
    private FunctionsHost? _host;

    public string ConnectionString { get; private set; } = "";

    /// <summary>The process id of the Azurite that was started here; <see langword="null"/> if the storage already ran.</summary>
    public int? AzuriteProcessId => _azurite?.ProcessId;

    /// <summary>
    /// Completes when the host has stopped. Fails with a <see cref="LocalHostException"/> when the host stops by its rules, or when the
    /// Azurite that was started here has ended: what it had written in its last five seconds may be lost, so it is not started again.
    /// </summary>
    public Task Completion => _azurite is null ? Host.Completion : Task.WhenAny(Host.Completion, _azurite.Completion).Unwrap();

    public FunctionsHost Host => _host ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>Starts everything, and returns when the model is warm.</summary>
    /// <exception cref="LocalHostException">Something does not start; the message says what to do.</exception>
    public static async Task<LocalApp> StartAsync(LocalAppOptions options, CancellationToken cancellationToken = default)
    {
        var app = new LocalApp(options);
        try
        {
            await app.StartStorageAsync(cancellationToken);
            await app.StartHostAsync(cancellationToken);
            await app.WaitUntilReadyAsync(cancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The first step. It sets <see cref="ConnectionString"/>. What would prevent the second step is found before storage starts, which can
    /// take a minute.
    /// </summary>
    /// <exception cref="LocalHostException">The app cannot be run, its port is taken, or storage does not start.</exception>
    public async Task StartStorageAsync(CancellationToken cancellationToken = default)
    {
        FunctionsHost.Check(options.Host);
        if (options.Host.Port != 0 && !IsFree(options.Host.Port))
        {
            throw HttpFrontEnd.PortIsTaken(options.Host.Port);
        }

        if (options.ConnectionString is null)
        {
            _azurite = await StartAzuriteAsync(cancellationToken);
        }

        ConnectionString = options.ConnectionString ?? _azurite!.ConnectionString;
    }

    /// <summary>The second step. It may be repeated after the host was disposed of.</summary>
    public async Task StartHostAsync(CancellationToken cancellationToken = default) => _host = await FunctionsHost.StartAsync(
        options.Host with
        {
            Settings = new Dictionary<string, string>(options.Host.Settings) { [AppSettings.StorageConnection] = ConnectionString },
        },
        cancellationToken);

    /// <summary>The third step: asks <c>/health/ready</c> until the model is warm.</summary>
    /// <exception cref="LocalHostException">The model cannot be loaded; the message says why.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken = default)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Host.BaseAddress };
        while (true)
        {
            if (Host.Completion.IsCompleted)
            {
                await Host.Completion;
                throw new LocalHostException("The Functions host stopped while the model was being loaded.");
            }

            using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            ThrowIfFailed(await answer.Content.ReadAsStringAsync(cancellationToken));
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Stops the host first, because it drains work in progress into storage, which must still run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }
    }

    private async Task<AzuriteServer> StartAzuriteAsync(CancellationToken cancellationToken)
    {
        await AzuriteServer.WaitForEarlierAsync(options.Azurite, cancellationToken); // it also has the ports
        if (options.UsualPorts && IsFree(BlobPort, QueuePort))
        {
            try
            {
                return await AzuriteServer.StartAsync(
                    options.Azurite with { BlobPort = BlobPort, QueuePort = QueuePort }, cancellationToken);
            }
            catch (LocalHostException) when (!IsFree(BlobPort, QueuePort))
            {
                // Another program has taken a port since, so any other port will do.
            }
        }

        return await AzuriteServer.StartAsync(options.Azurite, cancellationToken);
    }

    private static bool IsFree(params int[] ports)
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        return !ports.Any(taken.Contains);
    }

    private static void ThrowIfFailed(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.GetProperty("status").GetString() == "failed")
            {
                throw new LocalHostException($"The Functions app cannot load the model: {json.RootElement.GetProperty("reason")}");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            // The worker is restarting, and the host answers in its place.
        }
    }
}
