using System.Security.Cryptography;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>One instance of the app, as when Azure has scaled out: a handler, and a listener of its own for every queue trigger.</summary>
internal sealed class HostInstance : IAsyncDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly HostJson _hostJson;
    private readonly AppSettings _settings;
    private readonly QueueWakeups _wakeups;

    public HostInstance(FunctionsHostOptions options, HostJson hostJson, AppSettings settings, QueueWakeups wakeups, HttpClient http, int number)
    {
        (_options, _hostJson, _settings, _wakeups) = (options, hostJson, settings, wakeups);
        var (timings, timeout) = (options.Timings, hostJson.CustomHandler.InitializationTimeout);
        Supervisor = new(
            new HandlerCommand(Path.GetFullPath(options.AppRoot), hostJson.CustomHandler, settings),
            new HandlerReadiness(http, timings.ReadinessPollInterval, timeout),
            new HandlerErrors(timings.HandlerErrorWindow, options.TimeProvider),
            timeout,
            options.LoggerFactory,
            number);
        Invoker = new(
            Supervisor,
            new HandlerClient(http),
            new OutputWriter(settings, hostJson.Queues.MessageEncoding, wakeups),
            hostJson.FunctionTimeout,
            options.TimeProvider,
            options.LoggerFactory.CreateLogger<FunctionInvoker>());
    }

    public HandlerSupervisor Supervisor { get; }

    public FunctionInvoker Invoker { get; }

    /// <summary>Starts what runs on every instance: the warmup function once, and the queue listeners until told to stop.</summary>
    public IEnumerable<Task> Start(IReadOnlyList<FunctionMetadata> functions, CancellationToken stopping)
    {
        foreach (var function in functions)
        {
            if (function.Trigger.Is("warmupTrigger"))
            {
                yield return Invoker.InvokeAsync(function, "Warmup", InvocationPayload.ForWarmup(function, _options.TimeProvider));
            }
            else if (function.Trigger.Is("queueTrigger"))
            {
                yield return Listener(function).RunAsync(stopping);
            }
        }
    }

    public ValueTask DisposeAsync() => Supervisor.DisposeAsync();

    private QueueListener Listener(FunctionMetadata function)
    {
        var connection = _settings.ConnectionString(function.Trigger.Connection);
        var queue = new QueueClient(connection, function.Trigger.QueueName);
        var poison = PoisonQueue.NameFor(queue.Name) is { } name ? new PoisonQueue(queue, new QueueClient(connection, name), _wakeups) : null;
        var (timings, time, logger) = (_options.Timings, _options.TimeProvider, _options.LoggerFactory.CreateLogger<QueueListener>());
        var processor = new QueueMessageProcessor(function, queue, poison, Invoker, _hostJson.Queues, timings.MessageLease, time, logger);
        var backoff = new PollingBackoff(
            timings.MinimumPollingInterval, _hostJson.Queues.MaxPollingInterval, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        return new(queue, processor, _hostJson.Queues, timings.MessageLease, backoff, _wakeups, time, logger);
    }
}
