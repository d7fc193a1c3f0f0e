using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Runs a published Functions app with a custom handler on this machine against Azurite (or any storage account), by the rules of the real host: see
/// docs/local-host.md for what is reproduced and what is not. Members are thread-safe.
/// </summary>
public sealed partial class FunctionsHost : IAsyncDisposable
{
    private const string HostContainer = "azure-webjobs-hosts";

    private readonly FunctionsHostOptions _options;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly List<HostInstance> _instances = [];
    private readonly List<Task> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private HttpFrontEnd? _frontEnd;
    private Task? _stop;

    private FunctionsHost(FunctionsHostOptions options)
    {
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<FunctionsHost>();
        // The host has its own limits of time; no proxy, cookie or redirect may stand between it and the handler.
        _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Where the HTTP functions are reached.</summary>
    public Uri BaseAddress => _frontEnd?.BaseAddress ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>The handler of each instance; after a restart, the new process.</summary>
    public IReadOnlyList<HandlerProcess> Handlers => [.. _instances.Select(instance => instance.Supervisor.Current)];

    /// <summary>
    /// Ends when the host was stopped; faults with a <see cref="LocalHostException"/> when the rules stop it, such as a handler that failed three times.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts the app and returns when every handler listens.</summary>
    /// <exception cref="LocalHostException">The app cannot be read or its handler does not start; the message says what was found and expected.</exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Instances, 1);
        var host = new FunctionsHost(options);
        try
        {
            await host.RunAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Drains, then kills: listeners fetch nothing more, invocations may end within <see cref="HostTimings.DrainTimeout"/>, and the handlers are killed
    /// without a warning, as the host does. May be called twice.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _stop ??= Task.Run(DrainAndKillAsync);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var settings = new AppSettings(_options.Settings);
        var hostJson = HostJson.Load(_options.AppRoot, settings);
        var functions = FunctionReader.ReadAll(_options.AppRoot, settings);
        await CheckAsync(hostJson, functions, settings, cancellationToken);
        var wakeups = new QueueWakeups();
        for (var number = 0; number < _options.Instances; number++)
        {
            _instances.Add(new(_options, hostJson, settings, wakeups, _http, number));
        }

        _frontEnd = await HttpFrontEnd.StartAsync(_options, hostJson, functions, [.. _instances.Select(i => i.Invoker)], _http, cancellationToken);
        _listeners.AddRange(_instances.SelectMany(instance => instance.Start(functions, _stopping.Token)));
        _listeners.AddRange(Timers(functions, settings));
        if (_options.BlobEvents)
        {
            _listeners.Add(BlobEvents(hostJson, settings, wakeups).RunAsync(_stopping.Token));
        }

        _ = StopOnFailureAsync();
        await Task.WhenAll(_instances.Select(instance => instance.Supervisor.WaitForStartAsync(cancellationToken)));
        LogStarted(_logger, functions.Count, _instances.Count, BaseAddress);
    }

    private async Task CheckAsync(HostJson hostJson, IEnumerable<FunctionMetadata> functions, AppSettings settings, CancellationToken cancellationToken)
    {
        if (hostJson.CustomHandler.Port is { } port && _options.Instances > 1)
        {
            throw new LocalHostException($"host.json fixes the handler's port at {port}; {_options.Instances} instances cannot share it.");
        }

        var needsStorage = _options.BlobEvents || functions.Any(function => function.Trigger.Is("queueTrigger") || function.Trigger.Is("timerTrigger"));
        if (needsStorage && !await AzuriteServer.AnswersAsync(settings.ConnectionString(null), cancellationToken))
        {
            throw new LocalHostException($"No storage answers at the connection string in {AppSettings.StorageConnection}; start Azurite, or correct the setting.");
        }
    }

    /// <summary>In Azure a lease makes timers run on one instance; here they are given to the first.</summary>
    private IEnumerable<Task> Timers(IEnumerable<FunctionMetadata> functions, AppSettings settings)
    {
        var store = new TimerStatusStore(new BlobContainerClient(settings.ConnectionString(null), HostContainer));
        var logger = _options.LoggerFactory.CreateLogger<TimerListener>();
        return from function in functions
               where function.Trigger.Is("timerTrigger")
               select new TimerListener(function, _instances[0].Invoker, store, _options.TimeProvider, logger).RunAsync(_stopping.Token);
    }

    private BlobEventSource BlobEvents(HostJson hostJson, AppSettings settings, QueueWakeups wakeups)
    {
        var blobs = new BlobServiceClient(settings.ConnectionString(null));
        return new(
            blobs.GetBlobContainerClient(_options.BlobContainer),
            new QueueClient(settings.ConnectionString(null), _options.BlobEventQueue),
            new BlobEventState(blobs.GetBlobContainerClient(HostContainer), _options.BlobContainer),
            hostJson.Queues.MessageEncoding,
            wakeups,
            _options.Timings.BlobScanInterval,
            _options.TimeProvider,
            _options.LoggerFactory.CreateLogger<BlobEventSource>());
    }

    private async Task StopOnFailureAsync()
    {
        var watched = _listeners.Concat(_instances.Select(instance => instance.Supervisor.Completion)).ToList();
        while (watched.Count > 0)
        {
            var ended = await Task.WhenAny(watched);
            watched.Remove(ended);
            if (ended.Exception?.InnerException is { } reason)
            {
                LogStopped(_logger, reason.Message);
                _completion.TrySetException(reason);
                await StopAsync();
                return;
            }
        }
    }

    private async Task DrainAndKillAsync()
    {
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(_options.Timings.DrainTimeout, _options.TimeProvider);
        var drained = Task.WhenAll([.. _listeners, _frontEnd?.StopAsync(limit.Token) ?? Task.CompletedTask]);
        await drained.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_instances.Select(instance => instance.DisposeAsync().AsTask()));
        // What the kill has cut short releases its message now.
        await drained.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_frontEnd is not null)
        {
            await _frontEnd.DisposeAsync();
        }

        _http.Dispose();
        _stopping.Dispose();
        _completion.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Host started: {Functions} functions, {Instances} instances, HTTP at {Address}")]
    private static partial void LogStarted(ILogger logger, int functions, int instances, Uri address);

    [LoggerMessage(Level = LogLevel.Error, Message = "Host stops: {Reason}")]
    private static partial void LogStopped(ILogger logger, string reason);
}
