using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Health;
using SimCse.Functions.Http;
using SimCse.Functions.Jobs;
using SimCse.Functions.Model;
using SimCse.Functions.Telemetry;
using SimCse.Jobs;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>Registers the services of the app from its settings. The Sdk finds the functions themselves.</summary>
internal static class SimCseApplication
{
    /// <summary>The host's address in the arguments with which it starts a worker.</summary>
    private const string HostEndpoint = "Functions:Worker:HostEndpoint";

    /// <summary>Adds everything, but starts neither listening nor loading.</summary>
    /// <param name="builder">A builder with the ASP.NET Core integration.</param>
    /// <param name="times">The times object made when the program began.</param>
    /// <exception cref="InvalidOperationException">The program was not started by a Functions host.</exception>
    public static FunctionsApplicationBuilder AddSimCse(this FunctionsApplicationBuilder builder, StartupTimes times)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        if (configuration[HostEndpoint] is null)
        {
            throw new InvalidOperationException("it is started by a Functions host. Run `func start` in this folder, or `simcse up`.");
        }

        builder.AddTelemetry(); // its middleware adds the invocation to log lines, also to those of the next middleware
        builder.UseMiddleware<HttpAnswers>();
        Log(builder.Logging);
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // the host has a limit, and so does each function
            // So fast that the largest body comes before a function's time is up.
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 16 << 10, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MaxRequestLineSize *= 4; // the host's encoding and headers enlarge what it passes on
            kestrel.Limits.MaxRequestBufferSize *= 4;
            kestrel.Limits.MaxRequestHeadersTotalSize *= 2;
            kestrel.Limits.MaxRequestHeaderCount *= 2;
        });
        services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            // Small, and inherited by all connections: what a client does not read is soon noticed, and what a slow one reads as well.
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = 1 << 16;
            return socket;
        });
        if (configuration[ProxyOnly.Variable] is { Length: > 0 } secret)
        {
            services.AddSingleton<IStartupFilter>(new ProxyOnly(secret));
        }

        services.AddSingleton(times);
        AddOptions(services, configuration);
        AddServices(services, configuration);
        return builder;
    }

    /// <summary>
    /// Writes background events to standard output, one line per event: the host shows what is logged in an invocation and ignores
    /// everything else (GrpcWorkerChannel.Log of Azure/azure-functions-host at 89dc438d).
    /// </summary>
    private static void Log(ILoggingBuilder logging)
    {
        string[] behind = [typeof(ModelLoader).FullName!, typeof(StoragePreparation).FullName!];
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.AddFilter<ConsoleLoggerProvider>((category, _) => behind.Contains(category));
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.Services.AddSingleton<LoggerFactory>().Replace(
            ServiceDescriptor.Singleton<ILoggerFactory>(provider => new VisibleLogs(provider.GetRequiredService<LoggerFactory>())));
    }

    private static void AddOptions(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddOptions<ModelOptions>().Bind(configuration.GetSection(ModelOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ModelOptions>, ModelOptionsValidator>();
        services.AddOptions<InferenceOptions>().Bind(configuration.GetSection(InferenceOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        services.AddOptions<EmbedOptions>().Bind(configuration.GetSection(EmbedOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbedOptions>, EmbedOptionsValidator>();
        services.AddOptions<HttpOptions>().Bind(configuration.GetSection(HttpOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsValidator>();
        services.AddOptions<JobDefaults>().Bind(configuration.GetSection(JobDefaults.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JobDefaults>, JobDefaultsValidator>();
    }

    private static void AddServices(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddSingleton<ModelLoader>();
        services.AddSingleton(provider => provider.GetRequiredService<ModelLoader>().Create());
        var jobs = JobDefaults.Read(configuration);
        services.AddSimCseJobs(
            StorageConnection.FromSettings(
                name => configuration[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)]),
            jobs.ToOptions(), jobs.ToLimits(), jobs.PlanOldSources, jobs.ToSettings(), jobs.ToStrictArithmetic());
        services.AddSingleton(provider => new Lazy<JobStorage>(provider.GetRequiredService<JobStorage>));
        services.AddSingleton<StoragePreparation>();
        services.AddHostedService<Startup>();
        services.AddSingleton<HttpEncoder>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<RequestKeys>();
        services.AddSingleton<IFunctionMetadataTransformer>(provider => provider.GetRequiredService<RequestKeys>());
        services.AddSingleton(provider => new RequestRoom(provider.GetRequiredService<IOptions<EmbedOptions>>().Value.MaxWait));
    }
}
