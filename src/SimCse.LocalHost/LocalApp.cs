using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Azurite;

namespace SimCse.LocalHost;

/// <summary>What <see cref="LocalApp"/> starts.</summary>
public sealed record LocalAppOptions
{
    /// <summary>The app; its setting <c>AzureWebJobsStorage</c> is filled in.</summary>
    public required FunctionsHostOptions Host { get; init; }

    /// <summary>The storage emulator, where <see cref="ConnectionString"/> names no other storage.</summary>
    public AzuriteOptions Azurite { get; init; } = new();

    /// <summary>Storage that runs already; <see langword="null"/> starts an Azurite.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Prefer Azurite's usual ports, so that <c>UseDevelopmentStorage=true</c> finds it.</summary>
    public bool UsualPorts { get; init; }
}

/// <summary>
/// Storage and the app over it, on this machine: <see cref="StartAsync"/> starts both and waits for the model, or the caller takes its
/// steps one by one. Disposing stops what was started here. Not thread-safe.
/// </summary>
/// <param name="options">What is started.</param>
public sealed class LocalApp(LocalAppOptions options) : IAsyncDisposable
{
    private const int BlobPort = 10000;
    private const int QueuePort = 10001;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private AzuriteServer? _azurite;
    private FunctionsHost? _host;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Of the Azurite that was started here; <see langword="null"/> where the storage ran already.</summary>
    public int? AzuriteProcessId => _azurite?.ProcessId;

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

    /// <summary>The first step: afterwards there is a <see cref="ConnectionString"/>.</summary>
    public async Task StartStorageAsync(CancellationToken cancellationToken = default)
    {
        if (options.ConnectionString is null)
        {
            _azurite = await StartAzuriteAsync(cancellationToken);
        }

        ConnectionString = options.ConnectionString ?? _azurite!.ConnectionString;
    }

    /// <summary>The second step. Where the host was disposed of since, another one takes its place.</summary>
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

    /// <summary>The host first: it drains what is in flight into storage that still runs.</summary>
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
        if (options.UsualPorts && IsFree(BlobPort, QueuePort))
        {
            try
            {
                return await AzuriteServer.StartAsync(
                    options.Azurite with { BlobPort = BlobPort, QueuePort = QueuePort }, cancellationToken);
            }
            catch (LocalHostException) when (!IsFree(BlobPort, QueuePort))
            {
                // Another program took a port in between: any other will do.
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
            // The worker is being restarted, and the host answers for it.
        }
    }
}
