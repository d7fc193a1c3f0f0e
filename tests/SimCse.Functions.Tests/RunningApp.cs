using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Azure.Functions.Worker.Invocation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SimCse.Functions.Health;
using SimCse.LocalHost;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>The built app under the local host, which listens to no queue: a test gives each message itself.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    /// <summary>Of the tests whose app runs in their own process: the worker's port is the process's, so they go one by one.</summary>
    public const string InProcess = "in this process";

    private readonly IHost? _worker;

    private RunningApp(FunctionsHost host, CapturedLogs logs, IHost? worker)
    {
        (Host, Logs, _worker) = (host, logs, worker);
        Client = new HttpClient(new OpenApiContract()) { BaseAddress = host.BaseAddress };
    }

    public FunctionsHost Host { get; }

    public HttpClient Client { get; }

    /// <summary>What the app has said, through the host.</summary>
    public CapturedLogs Logs { get; }

    public string Output => string.Join('\n', Logs.Lines.Select(line => line.Message));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A process of its own, as everywhere.</summary>
    public static async Task<RunningApp> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var logs = new CapturedLogs();
        return new(await FunctionsHost.StartAsync(Options(settings, logs), Cancellation), logs, null);
    }

    /// <summary>In the test's process, for what cannot be arranged from outside, such as a model that takes its time.</summary>
    public static async Task<RunningApp> StartInProcessAsync(
        IReadOnlyDictionary<string, string> settings, Action<IServiceCollection> configure)
    {
        var logs = new CapturedLogs();
        IHost? worker = null;
        var host = await FunctionsHost.StartAsync(
            Options(settings, logs) with
            {
                StartWorker = (arguments, cancellationToken) =>
                {
                    worker = Build(arguments, settings, configure);
                    return worker.StartAsync(cancellationToken);
                },
            },
            Cancellation);
        return new(host, logs, worker);
    }

    /// <summary>Waits until the model is warm.</summary>
    public Task ReadyAsync() => Eventually.TrueAsync(
        "the model is ready",
        async () => (await Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).IsSuccessStatusCode, Cancellation);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        if (_worker is not null)
        {
            await _worker.StopAsync(Cancellation);
            _worker.Dispose();
        }
    }

    private static FunctionsHostOptions Options(IReadOnlyDictionary<string, string> settings, CapturedLogs logs) =>
        new() { AppRoot = BuiltApp.Folder, Settings = settings, Listen = false, LoggerFactory = logs };

    private static IHost Build(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> settings, Action<IServiceCollection> configure)
    {
        // the routes' prefix is read from host.json there
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", BuiltApp.Folder);
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(
            setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)setting.Value)));
        builder.Configuration.AddCommandLine([.. arguments], new Dictionary<string, string>
        {
            ["--functions-uri"] = "Functions:Worker:HostEndpoint",
            ["--functions-worker-id"] = "Functions:Worker:WorkerId",
            ["--functions-request-id"] = "Functions:Worker:RequestId",
            ["--functions-grpc-max-message-length"] = "Functions:Worker:GrpcMaxMessageLength",
        });
        builder.ConfigureFunctionsWebApplication().AddSimCse(new StartupTimes());

        // What the Sdk registers by itself in the program that it generated them for.
        builder.Services.AddSingleton<IFunctionMetadataProvider, GeneratedFunctionMetadataProvider>();
        builder.Services.AddSingleton<IFunctionExecutor, DirectFunctionExecutor>();
        configure(builder.Services);
        return builder.Build();
    }
}
