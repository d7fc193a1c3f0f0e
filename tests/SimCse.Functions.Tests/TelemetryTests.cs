using System.Net;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SimCse.Functions.Telemetry;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>What the running app sends to a collector.</summary>
[Collection(HostSide.Collection)]
public sealed class TelemetryTests(AppFixture app)
{
    private const string Leased = "aaaaaaaaaaaaaaaaaaaa";

    private static readonly Dictionary<string, string> Fast = new()
    {
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
    };

    [Theory]
    [InlineData(null, null, false, null, false, null)]
    [InlineData(" ", "", false, null, false, null)]
    [InlineData("http://127.0.0.1:4317", null, true, null, false, null)]
    [InlineData(null, "InstrumentationKey=k", false, "InstrumentationKey=k", false, null)]
    [InlineData(null, "InstrumentationKey=k", false, "InstrumentationKey=k", true, null, "Authorization=AAD")]
    [InlineData(null, "InstrumentationKey=k", false, "InstrumentationKey=k", true, "c", "ClientId=c; Authorization=aad;")]
    public void Settings_say_where_to(
        string? endpoint, string? connection, bool otlp, string? applicationInsights, bool identity, string? clientId,
        string? authentication = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = connection,
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = authentication,
        }).Build();

        Assert.Equal(new TelemetrySettings(otlp, applicationInsights, identity, clientId), TelemetrySettings.Read(configuration));
    }

    [Fact]
    public async Task Measurements_traces_and_logs_of_requests_and_shards_go_to_an_OTLP_endpoint()
    {
        await using var collector = await TelemetryCollector.StartAsync();
        await using var running = await StartAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });

        await EmbedAsync(running);
        await EncodeShardAsync(running, traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        foreach (
            var metric in (string[])
            [
                "simcse.texts", "simcse.tokens", "simcse.batches", "simcse.shard.duration", "simcse.queue.age",
                "http.server.request.duration",
            ])
        {
            await collector.ReceivedAsync("/v1/metrics", metric);
        }

        await collector.ReceivedAsync("/v1/metrics", "simcse-functions");
        await collector.ReceivedAsync("/v1/traces", "function Embed");
        await collector.ReceivedAsync("/v1/traces", "function EncodeShard");
        await collector.ReceivedAsync(
            "/v1/traces", Convert.FromHexString("0af7651916cd43dd8448eb211c80319c"), "the trace that the host began");
        await collector.ReceivedAsync("/v1/logs", "planned {Source}; shards:");

        // A failure that nobody but the caller can delete: storage refuses the retry.
        var failure = new BlobContainerClient(app.ConnectionString, StorageNames.Jobs).GetBlobClient($"{Leased}/failed.json");
        await failure.UploadAsync(
            BinaryData.FromString("""{"version":1,"reason":"a test","at":"2026-11-27T00:00:00+00:00","source":"a.txt"}"""),
            overwrite: true, TestContext.Current.CancellationToken);
        var lease = failure.GetBlobLeaseClient();
        await lease.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration, cancellationToken: TestContext.Current.CancellationToken);
        using var failed = await running.Client.PostAsync(
            new Uri($"/api/jobs/{Leased}/retry", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        await lease.ReleaseAsync(cancellationToken: TestContext.Current.CancellationToken);
        await failure.DeleteAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Assert.Contains(
            running.Logs.Lines,
            line => line.Level == LogLevel.Error
                && line.Message.Contains($"POST /api/jobs/{Leased}/retry failed", StringComparison.Ordinal));
        Assert.False(collector.Has("/v1/traces", "function Health"), "Probes leave no spans.");
        Assert.Contains(
            running.Logs.Lines,
            line => line.Category.StartsWith("SimCse.Jobs.", StringComparison.Ordinal) && line.Level == LogLevel.Information
            && line.Message.Contains("planned", StringComparison.Ordinal)); // the console has it, too
    }

    [Fact]
    public async Task Measurements_and_traces_go_to_Application_Insights()
    {
        await using var collector = await TelemetryCollector.StartAsync();
        var running = await StartAsync(new()
        {
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] =
                $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={collector.Address}/;LiveEndpoint={collector.Address}/",
            ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true", // nothing of ours: the exporter's report on itself
        });
        await using (running)
        {
            // The exporter samples traces by their rate, the first ones too, so that no single request need arrive.
            await Eventually.TrueAsync(
                "a request's trace arrives",
                async () =>
                {
                    await EmbedAsync(running);
                    return collector.Has("/track", "\"name\":\"function Embed\"");
                },
                TestContext.Current.CancellationToken);
        }

        await collector.ReceivedAsync("/track", "simcse.tokens"); // measurements go once a minute and when the app stops
    }

    private async Task<RunningApp> StartAsync(Dictionary<string, string> exporter)
    {
        var running = await RunningApp.StartAsync(
            app.Settings.Concat(Fast).Concat(exporter).ToDictionary());
        await running.ReadyAsync();
        return running;
    }

    private static async Task EmbedAsync(RunningApp running) =>
        Assert.Equal(HttpStatusCode.OK, (await running.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""")).Status);

    /// <summary>One shard, planned and encoded.</summary>
    private async Task EncodeShardAsync(RunningApp running, string traceParent)
    {
        var host = new HostSide(app.ConnectionString, running);
        await host.InvokeAsync("PlanJob", HostSide.Event(await host.UploadAsync("猫\n")));
        await host.InvokeAsync("EncodeShard", Assert.Single(await host.TakeShardsAsync()), DateTimeOffset.UtcNow, traceParent);
    }
}
