using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>Puts the app together: settings → services → routes.</summary>
internal static class FunctionsApp
{
    /// <summary>Builds the app; nothing listens or loads yet.</summary>
    /// <param name="args">Settings, over those of the environment.</param>
    /// <param name="configure">Has the last word; tests put parts of their own in.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var startup = new StartupTimes();

        // Empty: settings come from the environment only, so that there are no files to look for and to watch. No hosting start-up assemblies, IIS
        // or HTTPS either, which the host's environment might switch on.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        builder.Services.AddRoutingCore();
        Listen(builder);
        LogToStandardOutput(builder);
        builder.Services.AddSingleton(startup);
        AddServices(builder);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseMiddleware<HttpErrors>();
        app.MapFunctions();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            startup.Reached(StartupTimes.Listening);
            app.Services.GetRequiredService<ModelLoader>().Start(app.Services.GetRequiredService<WarmEncoder>());
            app.Services.GetRequiredService<StoragePreparation>().Start();
        });
        startup.Reached(StartupTimes.Built);
        return app;
    }

    private static void Listen(WebApplicationBuilder builder)
    {
        var port = HandlerPort.Read(name => builder.Configuration[name]);
        // The container images set addresses for the Functions host itself, and this process inherits them.
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}").UseSetting(WebHostDefaults.HttpPortsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // invocations are as large as the host makes them; HTTP functions have limits of their own
        });
    }

    /// <summary>One line an event: the host takes each line of output for one, and each line of standard error for an error.</summary>
    private static void LogToStandardOutput(WebApplicationBuilder builder)
    {
        var logging = builder.Logging;
        logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
    }

    private static void AddServices(WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddOptions<ModelOptions>().Bind(configuration.GetSection(ModelOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ModelOptions>, ModelOptionsValidator>();
        services.AddOptions<InferenceOptions>().Bind(configuration.GetSection(InferenceOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        services.AddOptions<EmbedOptions>().Bind(configuration.GetSection(EmbedOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbedOptions>, EmbedOptionsValidator>();
        services.AddOptions<JobDefaults>().Bind(configuration.GetSection(JobDefaults.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JobDefaults>, JobDefaultsValidator>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton(provider => provider.GetRequiredService<ModelLoader>().Create());
        services.AddSimCseJobs(
            StorageConnection.FromSettings(name => configuration[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)]),
            (configuration.GetSection(JobDefaults.Section).Get<JobDefaults>() ?? new JobDefaults()).ToOptions());
        services.AddSingleton(provider => new Lazy<JobStorage>(provider.GetRequiredService<JobStorage>));
        services.AddSingleton<StoragePreparation>();
        services.AddSingleton<HttpEncoder>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<EmbedEndpoint>();
        services.AddSingleton<OpenAiEndpoint>();
        services.AddSingleton<TeiEndpoint>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<JobsEndpoint>();
        services.AddTelemetry(configuration);
    }
}
