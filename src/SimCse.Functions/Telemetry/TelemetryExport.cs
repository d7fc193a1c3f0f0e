using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SimCse.Inference;
using SimCse.Jobs;

namespace SimCse.Functions.Telemetry;

/// <summary>Exports metrics, traces and logs to where the settings say. Without such a setting nothing is collected.</summary>
internal static class TelemetryExport
{
    private const string DefaultServiceName = "simcse-functions";

    public static void AddTelemetry(this FunctionsApplicationBuilder builder)
    {
        var settings = TelemetrySettings.Read(builder.Configuration);
        if (settings.Any)
        {
            AddOpenTelemetry(builder, settings);
        }
    }

    /// <summary>A separate method, so that without telemetry its assemblies are not even loaded.</summary>
    private static void AddOpenTelemetry(FunctionsApplicationBuilder builder, TelemetrySettings settings)
    {
        var configuration = builder.Configuration;
        var name = configuration["OTEL_SERVICE_NAME"] ?? configuration["WEBSITE_SITE_NAME"] ?? DefaultServiceName;
        builder.UseMiddleware<InvocationScope>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .UseFunctionsWorkerDefaults() // gives one trace from the trigger to the shard: the invocation's span continues the host's
            .ConfigureResource(
                resource => resource.AddService(name, serviceInstanceId: configuration["WEBSITE_INSTANCE_ID"] ?? Environment.MachineName))
            .WithMetrics(metrics => metrics.AddMeter(SimCseInstrumentation.Name, JobsInstrumentation.Name, "Microsoft.AspNetCore.Hosting"))
            .WithTracing(
                tracing => tracing.AddSource(SimCseInstrumentation.Name, JobsInstrumentation.Name).AddProcessor(new WithoutProbes()))
            .WithLogging();
        if (settings.Otlp)
        {
            telemetry.UseOtlpExporter();
        }

        if (settings.ApplicationInsights is not null)
        {
            telemetry.UseAzureMonitorExporter(options =>
            {
                options.ConnectionString = settings.ApplicationInsights;
                options.Credential = settings.Identity ? Credential(settings.ClientId) : null;
            });
        }
    }

    private static ManagedIdentityCredential Credential(string? clientId) => new(
        clientId is { Length: > 0 } ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned);
}
