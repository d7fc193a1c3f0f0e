using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Azurite;
using SimCse.LocalHost.Blobs;
using SimCse.LocalHost.Http;
using SimCse.LocalHost.Queues;
using SimCse.LocalHost.Timers;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost;

/// <summary>
/// Runs a published Functions app with an isolated .NET worker on this machine, with Azurite or any other storage account, by the rules of
/// the real host. docs/local-host.md says what is reproduced, by whose code, and what is not. Members are thread-safe.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly ILogger _logger;
    private readonly List<HostInstance> _instances = [];
    private readonly List<Task> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private RpcServer? _server;
    private HttpFrontEnd? _frontEnd;
    private Task? _stop;

    private FunctionsHost(FunctionsHostOptions options)
    {
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<FunctionsHost>();
    }

    /// <summary>The address of the HTTP functions.</summary>
    public Uri BaseAddress => _frontEnd?.BaseAddress ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>The current worker of each instance. A restart replaces it.</summary>
    public IReadOnlyList<WorkerProcess> Workers => [.. _instances.Select(instance => instance.Supervisor.Current).OfType<WorkerProcess>()];

    /// <summary>
    /// Completes when the host has stopped. Fails with a <see cref="LocalHostException"/> when the rules stop the host, for example after a
    /// worker has failed three times.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>The functions that are not disabled, as the worker described them.</summary>
    internal IReadOnlyList<FunctionMetadata> Functions { get; private set; } = [];

    /// <summary>Starts the app and returns when every worker has loaded its functions.</summary>
    /// <exception cref="LocalHostException">
    /// The app cannot be read or its worker does not start; the message says what was found and expected.
    /// </exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Instances, 1);
        var host = new FunctionsHost(options with { AppRoot = Path.GetFullPath(options.AppRoot) });
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

    /// <summary>Checks that the app's folder holds an app, and that its worker's program is there. Starts nothing.</summary>
    /// <exception cref="LocalHostException">One of them is missing; the message says which.</exception>
    internal static void Check(FunctionsHostOptions options)
    {
        if (options.StartWorker is null)
        {
            var root = Path.GetFullPath(options.AppRoot);
            _ = new WorkerCommand(root, WorkerConfig.Load(root), new AppSettings(options.Settings), "").Executable();
        }
    }

    /// <summary>
    /// Stops the host. Listeners take no more messages, and invocations may end within <see cref="HostTimings.DrainTimeout"/>. Then those
    /// that still run are cancelled, and workers that do not end when told to are killed. May be called twice.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _stop ??= Task.Run(StopCoreAsync);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>
    /// Invokes a queue function on the first instance with a message that is not in a queue. Completes when the function has succeeded.
    /// </summary>
    /// <exception cref="InvocationFailedException">The function failed; the message is the worker's reason.</exception>
    internal Task InvokeQueueAsync(
        string function, string message, DateTimeOffset? insertedOn = null, string? traceParent = null,
        CancellationToken cancellationToken = default)
    {
        var metadata = Function(function, "queueTrigger");
        var request = QueueTriggerData.Create(
            metadata, message, QueueTriggerData.BindingDataOf(message, insertedOn ?? _options.TimeProvider.GetUtcNow()));
        request.TraceContext = traceParent is null ? null : new() { TraceParent = traceParent };
        return _instances[0].Invoker.InvokeAsync(metadata, "This function was called by its local host.", request, cancellationToken);
    }

    /// <summary>Invokes a timer function as in the first run of its schedule; otherwise like <see cref="InvokeQueueAsync"/>.</summary>
    internal Task InvokeTimerAsync(string function, CancellationToken cancellationToken = default)
    {
        var metadata = Function(function, "timerTrigger");
        var request = TimerListener.TriggerData(metadata, status: null, isPastDue: false);
        return _instances[0].Invoker.InvokeAsync(metadata, "This function was called by its local host.", request, cancellationToken);
    }

    /// <summary>Invokes a warmup function as at an instance's start; otherwise like <see cref="InvokeQueueAsync"/>.</summary>
    internal Task InvokeWarmupAsync(string function, CancellationToken cancellationToken = default)
        => _instances[0].WarmUpAsync(Function(function, "warmupTrigger"), cancellationToken);

    private FunctionMetadata Function(string name, string trigger)
        => Functions.SingleOrDefault(function => function.Name == name && function.Trigger.Is(trigger))
           ?? throw new ArgumentException($"There is no function {name} with a {trigger}.", nameof(name));

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var settings = new AppSettings(_options.Settings);
        var hostJson = HostJson.Load(_options.AppRoot, settings);
        var proxySecret = RandomNumberGenerator.GetHexString(64);
        var command = _options.StartWorker is null
            ? new WorkerCommand(_options.AppRoot, WorkerConfig.Load(_options.AppRoot), settings, proxySecret)
            : null;
        _server = await RpcServer.StartAsync(_options.LoggerFactory, cancellationToken);
        for (var number = 0; number < _options.Instances; number++)
        {
            _instances.Add(new(_options, hostJson, settings, _server, command, number));
        }

        var workers = await Task.WhenAll(_instances.Select(instance => instance.Supervisor.WaitUntilReadyAsync(cancellationToken)));
        Functions = workers[0].Functions;
        _frontEnd = await HttpFrontEnd.StartAsync(
            _options, hostJson, proxySecret, Functions, [.. _instances.Select(instance => instance.Invoker)], cancellationToken);
        if (_options.Listen)
        {
            await ListenAsync(hostJson, settings, cancellationToken);
        }

        _ = StopOnFailureAsync([.. _listeners, .. _instances.SelectMany(instance => instance.Completions)]);
        Log.HostStarted(_logger, Functions.Count, _instances.Count, BaseAddress);
    }

    private async Task ListenAsync(HostJson hostJson, AppSettings settings, CancellationToken cancellationToken)
    {
        var needsStorage = _options.BlobEvents
            || Functions.Any(function => function.Trigger.Is("queueTrigger") || function.Trigger.Is("timerTrigger"));
        var connection = needsStorage ? settings.ConnectionString(null) : "";
        if (needsStorage && !await AzuriteServer.AnswersAsync(connection, cancellationToken))
        {
            throw new LocalHostException(
                $"No storage answers at the connection string in {AppSettings.StorageConnection}; start Azurite, or correct the setting.");
        }

        _listeners.AddRange(Timers(connection));
        await Task.WhenAll(_instances.Select(instance => instance.ListenAsync(Functions, cancellationToken)));
        if (_options.BlobEvents)
        {
            _listeners.Add(BlobEvents(hostJson, connection).RunAsync(_stopping.Token));
        }
    }

    /// <summary>In Azure a lease ensures that timers run on one instance; here they run on the first.</summary>
    private IEnumerable<Task> Timers(string connection)
    {
        var logger = _options.LoggerFactory.CreateLogger<TimerListener>();
        return from function in Functions
               where function.Trigger.Is("timerTrigger")
               let status = new HostBlob(connection, $"timers/{HostBlob.HostId}/Host.{function.FullName}/status")
               select new TimerListener(function, _instances[0].Invoker, status, _options.TimeProvider, logger).RunAsync(_stopping.Token);
    }

    private BlobEventSource BlobEvents(HostJson hostJson, string connection) => new(
        new BlobContainerClient(connection, _options.BlobContainer),
        new QueueClient(connection, _options.BlobEventQueue, new QueueClientOptions { MessageEncoding = hostJson.MessageEncoding }),
        new HostBlob(connection, $"blob-events/{_options.BlobContainer}"),
        _options.Timings.BlobScanInterval,
        _options.OnBlobNoticed,
        _options.TimeProvider,
        _options.LoggerFactory.CreateLogger<BlobEventSource>());

    private async Task StopOnFailureAsync(List<Task> watched)
    {
        while (watched.Count > 0)
        {
            var ended = await Task.WhenAny(watched);
            watched.Remove(ended);
            if (ended.Exception?.InnerException is { } reason)
            {
                Log.HostStops(_logger, reason.Message);
                _completion.TrySetException(reason as LocalHostException ?? new LocalHostException(reason.Message, reason));
                await StopAsync();
                return;
            }
        }
    }

    private async Task StopCoreAsync()
    {
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(_options.Timings.DrainTimeout, _options.TimeProvider);
        var drained = Task.WhenAll(
            [
                .. _listeners, .. _instances.Select(instance => instance.DrainAsync()),
                _frontEnd?.StopAsync(limit.Token) ?? Task.CompletedTask,
            ]);
        await drained.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!drained.IsCompleted)
        {
            Log.Cancelling(_logger, _options.Timings.DrainTimeout);
            await Task.WhenAll(_instances.Select(instance => instance.Invoker.CancelAllAsync()));
            await Task.WhenAny(drained, Task.Delay(_options.Timings.CancellationGrace));
        }

        await Task.WhenAll(_instances.Select(instance => instance.EndWorkerAsync().AsTask()));
        // Functions that the end of their worker has cut short return their messages now.
        await drained.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _instances.ForEach(instance => instance.Dispose());
        await (_frontEnd?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stopping.Dispose();
        _completion.TrySetResult();
    }
}
