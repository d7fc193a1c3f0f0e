using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>What leaves the real handler for a collector.</summary>
[Collection(HostSide.Collection)]
public sealed class TelemetryTests(AppFixture app)
{
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
        string? endpoint, string? connection, bool otlp, string? applicationInsights, bool identity, string? clientId, string? authentication = null)
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
    public async Task Measurements_and_traces_of_requests_and_shards_go_to_an_OTLP_endpoint()
    {
        await using var collector = await TelemetryCollector.StartAsync();
        await using var handler = await StartAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });

        await EmbedAsync(handler);
        await EncodeShardAsync(handler, traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        foreach (var metric in (string[])["simcse.texts", "simcse.tokens", "simcse.batches", "simcse.shard.duration", "simcse.queue.age"])
        {
            await collector.ReceivedAsync("/v1/metrics", metric);
        }

        await collector.ReceivedAsync("/v1/metrics", "simcse-functions");
        await collector.ReceivedAsync("/v1/traces", "POST /api/embed");
        await collector.ReceivedAsync("/v1/traces", "POST /EncodeShard");
        await collector.ReceivedAsync(
            "/v1/traces", Convert.FromHexString("0af7651916cd43dd8448eb211c80319c"), "the trace that the host began");
    }

    [Fact]
    public async Task Measurements_and_traces_go_to_Application_Insights()
    {
        Environment.SetEnvironmentVariable("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"); // nothing of ours: the exporter's report on itself
        await using var collector = await TelemetryCollector.StartAsync();
        var settings = new Dictionary<string, string>(app.Settings)
        {
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] =
                $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={collector.Address}/;LiveEndpoint={collector.Address}/",
        };

        // The exporter samples traces by their rate, the first ones too, so that no single request need arrive; measurements go once a minute
        // and when the app stops.
        using var encoder = SentenceEncoder.Load(app.Bundle);
        await using (var handler = await InProcessApp.StartAsync(settings, builder => builder.Services.AddSingleton(new WarmEncoder(encoder))))
        {
            await Eventually.TrueAsync(
                "a request's trace arrives",
                async () =>
                {
                    await handler.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""");
                    return collector.Has("/track", "\"name\":\"POST /api/embed\"");
                },
                TestContext.Current.CancellationToken);
        }

        await collector.ReceivedAsync("/track", "simcse.tokens");
    }

    private async Task<HandlerProcess> StartAsync(Dictionary<string, string> exporter)
    {
        var handler = await HandlerProcess.StartAsync(
            app.Settings.Concat(Fast).Concat(exporter).ToDictionary(), TestContext.Current.CancellationToken);
        await handler.ReadyAsync(TestContext.Current.CancellationToken);
        return handler;
    }

    private static async Task EmbedAsync(HandlerProcess handler) =>
        Assert.Equal(HttpStatusCode.OK, (await handler.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""")).Status);

    /// <summary>One shard, planned and encoded.</summary>
    private async Task EncodeShardAsync(HandlerProcess handler, string traceParent)
    {
        handler.Client.DefaultRequestHeaders.Add("traceparent", traceParent);
        var host = new HostSide(app.ConnectionString, handler.Client);
        await host.InvokeAsync("PlanJob", HostSide.Event(await host.UploadAsync("猫\n")));
        await host.InvokeAsync("EncodeShard", Assert.Single(await host.TakeShardsAsync()), DateTimeOffset.UtcNow);
    }
}
