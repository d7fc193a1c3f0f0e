using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SimCse.Inference;
using SimCse.Jobs;

namespace SimCse.Functions;

/// <summary>Sends the libraries' metrics and traces where the settings say; without such a setting nothing is collected.</summary>
internal static class Telemetry
{
    private const string DefaultServiceName = "simcse-functions";

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = TelemetrySettings.Read(configuration);
        if (settings.Any)
        {
            AddOpenTelemetry(services, configuration, settings);
        }
    }

    /// <summary>A method of its own, so that without telemetry its assemblies are not even loaded.</summary>
    private static void AddOpenTelemetry(IServiceCollection services, IConfiguration configuration, TelemetrySettings settings)
    {
        var name = configuration["OTEL_SERVICE_NAME"] ?? configuration["WEBSITE_SITE_NAME"] ?? DefaultServiceName;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name, serviceInstanceId: configuration["WEBSITE_INSTANCE_ID"] ?? Environment.MachineName))
            .WithMetrics(metrics => AddExporters(AddMeters(metrics), settings))
            .WithTracing(tracing => AddExporters(AddSources(tracing), settings));
    }

    private static MeterProviderBuilder AddMeters(MeterProviderBuilder metrics) => metrics
        .AddMeter(SimCseInstrumentation.Name, JobsInstrumentation.Name)
        .AddAspNetCoreInstrumentation();

    private static TracerProviderBuilder AddSources(TracerProviderBuilder tracing) => tracing
        .AddSource(SimCseInstrumentation.Name, JobsInstrumentation.Name)
        .AddAspNetCoreInstrumentation(options => options.Filter = IsWork);

    /// <summary>Probes are asked all day long and say nothing.</summary>
    private static bool IsWork(HttpContext context) =>
        context.Request.Path.HasValue && context.Request.Path != "/" && !context.Request.Path.StartsWithSegments("/health");

    private static void AddExporters(MeterProviderBuilder metrics, TelemetrySettings settings)
    {
        if (settings.Otlp)
        {
            metrics.AddOtlpExporter();
        }

        if (settings.ApplicationInsights is not null)
        {
            metrics.AddAzureMonitorMetricExporter(options => Configure(options, settings));
        }
    }

    private static void AddExporters(TracerProviderBuilder tracing, TelemetrySettings settings)
    {
        if (settings.Otlp)
        {
            tracing.AddOtlpExporter();
        }

        if (settings.ApplicationInsights is not null)
        {
            tracing.AddAzureMonitorTraceExporter(options => Configure(options, settings));
        }
    }

    private static void Configure(AzureMonitorExporterOptions options, TelemetrySettings settings)
    {
        options.ConnectionString = settings.ApplicationInsights;
        options.Credential = settings.Identity ? Credential(settings.ClientId) : null;
    }

    private static ManagedIdentityCredential Credential(string? clientId) => new(
        clientId is { Length: > 0 } ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned);
}
