using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
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

/// <summary>Puts the app together: settings → services. The functions themselves are found by the Sdk.</summary>
internal static class SimCseApplication
{
    /// <summary>Where the host says that it listens, in the arguments that it starts a worker with.</summary>
    private const string HostEndpoint = "Functions:Worker:HostEndpoint";

    /// <summary>Nothing listens or loads yet.</summary>
    /// <param name="builder">With its ASP.NET Core integration.</param>
    /// <param name="times">Made when the program began.</param>
    /// <exception cref="InvalidOperationException">The program was not started by a Functions host.</exception>
    public static FunctionsApplicationBuilder AddSimCse(this FunctionsApplicationBuilder builder, StartupTimes times)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        if (configuration[HostEndpoint] is null)
        {
            throw new InvalidOperationException("it is started by a Functions host. Run `func start` in this folder, or `simcse up`.");
        }

        builder.AddTelemetry(); // its middleware says whose log lines are, those of the next one too
        builder.UseMiddleware<HttpAnswers>();
        Log(builder.Logging);
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // the host has a limit, and so has each function
            kestrel.Limits.MaxRequestLineSize *= 4; // what the host lets through has grown by its encoding and headers
            kestrel.Limits.MaxRequestBufferSize *= 4;
            kestrel.Limits.MaxRequestHeadersTotalSize *= 2;
            kestrel.Limits.MaxRequestHeaderCount *= 2;
        });
        services.AddSingleton(times);
        AddOptions(services, configuration);
        AddServices(services, configuration);
        return builder;
    }

    /// <summary>
    /// The host shows what is logged in an invocation and ignores everything else (GrpcWorkerChannel.Log of Azure/azure-functions-host at
    /// 89dc438d), so what happens behind the functions goes to standard output, one line an event.
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
    }

    private static void AddOptions(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddOptions<ModelOptions>().Bind(configuration.GetSection(ModelOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ModelOptions>, ModelOptionsValidator>();
        services.AddOptions<InferenceOptions>().Bind(configuration.GetSection(InferenceOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        services.AddOptions<EmbedOptions>().Bind(configuration.GetSection(EmbedOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbedOptions>, EmbedOptionsValidator>();
        services.AddOptions<JobDefaults>().Bind(configuration.GetSection(JobDefaults.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JobDefaults>, JobDefaultsValidator>();
    }

    private static void AddServices(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddSingleton<ModelLoader>();
        services.AddSingleton(provider => provider.GetRequiredService<ModelLoader>().Create());
        services.AddSimCseJobs(
            StorageConnection.FromSettings(
                name => configuration[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)]),
            (configuration.GetSection(JobDefaults.Section).Get<JobDefaults>() ?? new JobDefaults()).ToOptions());
        services.AddSingleton(provider => new Lazy<JobStorage>(provider.GetRequiredService<JobStorage>));
        services.AddSingleton<StoragePreparation>();
        services.AddHostedService<Startup>();
        services.AddSingleton<HttpEncoder>();
        services.AddSingleton<RequestMetrics>();
    }
}
