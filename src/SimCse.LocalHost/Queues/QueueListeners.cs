using System.Runtime.ExceptionServices;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Azure.WebJobs.Host.Executors;
using Microsoft.Azure.WebJobs.Host.Indexers;
using Microsoft.Azure.WebJobs.Host.Queues;
using Microsoft.Azure.WebJobs.Host.Timers;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Worker;
using FunctionMetadata = SimCse.LocalHost.App.FunctionMetadata;

namespace SimCse.LocalHost.Queues;

/// <summary>
/// Runs the queue functions of one instance with Microsoft's own storage extension, which fetches messages, renews them, retries them and
/// moves them to poison queues as in Azure.
/// </summary>
internal sealed class QueueListeners : IDisposable
{
    /// <summary>
    /// Categories that are not logged. The invoker logs starts and ends of functions for all triggers, errors of the start are thrown, and
    /// storage's client would warn each time that the extension asks for a queue that does not exist yet.
    /// </summary>
    private static readonly string[] Silent = ["Function", "Host.Results", "Host.Startup", "Azure.Core"];

    private readonly IHost _host;
    private readonly MessagesInHand _inHand = new();
    private readonly TimeSpan _stopLimit;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private QueueListeners(
        FunctionsHostOptions options, HostJson hostJson, AppSettings settings, IReadOnlyList<FunctionMetadata> functions,
        FunctionInvoker invoker)
    {
        _stopLimit = options.Timings.DrainTimeout + options.Timings.CancellationGrace + options.Timings.TerminationGrace
            + TimeSpan.FromSeconds(5);
        var byName = functions.ToDictionary(function => function.Name);
        var emitted = QueueFunctions.Create(
            functions, (name, message, binder, cancellationToken) => RunAsync(invoker, byName[name], message, binder, cancellationToken));
        _host = new HostBuilder()
            .ConfigureAppConfiguration(configuration => configuration
                .AddEnvironmentVariables()
                .AddInMemoryCollection(settings.Values.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))))
            .ConfigureLogging(logging => ForwardedLogs.Configure(logging, options.LoggerFactory, Silent))
            .ConfigureWebJobs(webJobs => webJobs.AddAzureStorageQueues(hostJson.Queues.Bind))
            .ConfigureServices(services =>
            {
                services.AddSingleton<IHostLifetime, CallersLifetime>();
                services.AddSingleton<IHostIdProvider, HostId>();
                services.AddSingleton<ITypeLocator>(new OneType(emitted.GetType()));
                services.AddSingleton<IJobActivator>(new OneInstance(emitted));
                services.AddSingleton<IWebJobsExceptionHandler>(new ExceptionHandler(_completion));
                services.AddSingleton<AzureComponentFactory, ReturningQueues>();
                services.AddSingleton<IQueueProcessorFactory>(new ReturningQueueProcessors(_inHand));
                options.ConfigureQueues?.Invoke(services);
            })
            .Build();
    }

    /// <summary>Completes when the listeners have stopped; fails when the extension has given up listening.</summary>
    public Task Completion => _completion.Task;

    /// <exception cref="LocalHostException">A queue's name or connection is invalid.</exception>
    public static async Task<QueueListeners> StartAsync(
        FunctionsHostOptions options, HostJson hostJson, AppSettings settings, IReadOnlyList<FunctionMetadata> functions,
        FunctionInvoker invoker,
        CancellationToken cancellationToken)
    {
        var listeners = new QueueListeners(options, hostJson, settings, functions, invoker);
        try
        {
            await listeners._host.StartAsync(cancellationToken);
            return listeners;
        }
        catch (Exception e)
        {
            listeners.Dispose();
            throw e is FunctionIndexingException ? new LocalHostException($"{e.Message}: {e.InnerException?.Message}", e) : e;
        }
    }

    /// <summary>Takes no more messages, and waits for those that are being processed.</summary>
    public async Task DrainAsync()
    {
        await _host.Services.GetRequiredService<IDrainModeManager>().EnableDrainModeAsync(CancellationToken.None);
        await _host.StopAsync(CancellationToken.None);
        await Task.WhenAny(_inHand.None, Task.Delay(_stopLimit));
        _completion.TrySetResult();
    }

    public void Dispose() => _host.Dispose();

    private static Task RunAsync(
        FunctionInvoker invoker, FunctionMetadata function, string message, Binder binder, CancellationToken cancellationToken)
    {
        var request = QueueTriggerData.Create(function, message, binder.BindingData!);
        return invoker.InvokeAsync(function, $"New queue message detected on '{function.Trigger.QueueName}'.", request, cancellationToken);
    }

    private sealed class HostId : IHostIdProvider
    {
        public Task<string> GetHostIdAsync(CancellationToken cancellationToken) => Task.FromResult(HostBlob.HostId);
    }

    private sealed class OneType(Type type) : ITypeLocator
    {
        public IReadOnlyList<Type> GetTypes() => [type];
    }

    private sealed class OneInstance(object instance) : IJobActivator
    {
        public T CreateInstance<T>() => (T)instance;
    }

    /// <summary>Stops the host, as in Azure. The SDK's own handler would end the process.</summary>
    private sealed class ExceptionHandler(TaskCompletionSource completion) : IWebJobsExceptionHandler
    {
        public Task OnUnhandledExceptionAsync(ExceptionDispatchInfo exceptionInfo)
        {
            completion.TrySetException(new LocalHostException(
                $"The storage extension has stopped listening to a queue: {exceptionInfo.SourceException.Message}",
                exceptionInfo.SourceException));
            return Task.CompletedTask;
        }

        public Task OnTimeoutExceptionAsync(ExceptionDispatchInfo exceptionInfo, TimeSpan timeoutGracePeriod) =>
            OnUnhandledExceptionAsync(exceptionInfo);
    }
}
