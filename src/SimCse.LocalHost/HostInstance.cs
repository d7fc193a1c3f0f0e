using Microsoft.Extensions.Logging;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Queues;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost;

/// <summary>One instance of the app, as after scaling out in Azure, with its own worker and queue listeners.</summary>
internal sealed class HostInstance : IDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly HostJson _hostJson;
    private readonly AppSettings _settings;
    private QueueListeners? _queues;

    public HostInstance(
        FunctionsHostOptions options, HostJson hostJson, AppSettings settings, RpcServer server, WorkerCommand? command, int number)
    {
        (_options, _hostJson, _settings) = (options, hostJson, settings);
        Supervisor = new(options, settings, server, command, number);
        Invoker = new(
            Supervisor, hostJson.FunctionTimeout, options.Timings, options.TimeProvider,
            options.LoggerFactory.CreateLogger<FunctionInvoker>());
    }

    public WorkerSupervisor Supervisor { get; }

    public FunctionInvoker Invoker { get; }

    /// <summary>Tasks of which one fails when the instance cannot continue.</summary>
    public IEnumerable<Task> Completions => _queues is null ? [Supervisor.Completion] : [Supervisor.Completion, _queues.Completion];

    /// <summary>Runs the warmup function once, and starts the queue listeners, which run until they are drained.</summary>
    public async Task ListenAsync(IReadOnlyList<FunctionMetadata> functions, CancellationToken cancellationToken)
    {
        if (functions.FirstOrDefault(function => function.Trigger.Is("warmupTrigger")) is { } warmup)
        {
            _ = WarmUpAsync(warmup, CancellationToken.None).ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        }

        var queues = functions.Where(function => function.Trigger.Is("queueTrigger")).ToList();
        if (queues.Count > 0)
        {
            _queues = await QueueListeners.StartAsync(_options, _hostJson, _settings, queues, Invoker, cancellationToken);
        }
    }

    public Task WarmUpAsync(FunctionMetadata function, CancellationToken cancellationToken)
        => Invoker.InvokeAsync(function, "Warmup", function.Request(new() { Json = "{}" }), cancellationToken);

    /// <summary>Takes no more messages, and waits for those that are being processed.</summary>
    public Task DrainAsync() => _queues?.DrainAsync() ?? Task.CompletedTask;

    /// <summary>Ends the worker, which fails the invocations of the last messages.</summary>
    public ValueTask EndWorkerAsync() => Supervisor.DisposeAsync();

    public void Dispose()
    {
        _queues?.Dispose();
        Invoker.Dispose();
    }
}
