using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>What arrives at a handler, held against golden examples; see also <see cref="HttpFunctionTests"/> and <see cref="TimerListenerTests"/>.</summary>
public sealed class InvocationPayloadTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("queue-text", "こんにちは, \"世界\"")]
    [InlineData("queue-json", """{"jobId":"j1","shard":3,"ratio":0.5,"retry":true,"none":null,"list":[1],"nested":{"a":1},"on":"2026-01-02T03:04:05Z"}""")]
    [InlineData("queue-hiding", """{"id":"mine","DequeueCount":99,"sys":"gone","QueueTrigger":"dropped"}""")]
    public async Task Queue_messages_arrive_encoded_twice_with_their_properties_over_the_binding_data(string golden, string message)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        await queue.SendMessageAsync(message, Cancellation);

        await app.StartAsync();

        Golden.Matches(golden, (await app.RequestAsync("Work")).Json);
    }

    [Fact]
    public async Task A_binary_queue_message_arrives_as_base64()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueAsync("work");
        app.Function("Work", new JsonObject
        {
            ["type"] = "queueTrigger",
            ["direction"] = "in",
            ["name"] = "message",
            ["queueName"] = queue.Name,
            ["dataType"] = "binary",
        });
        await queue.SendMessageAsync("あ", Cancellation);

        await app.StartAsync();

        Golden.Matches("queue-binary", (await app.RequestAsync("Work")).Json);
    }

    [Fact]
    public async Task A_base64_queue_message_arrives_as_its_text()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Settings["AzureFunctionsJobHost__extensions__queues__messageEncoding"] = "base64";
        var queue = await app.QueueFunctionAsync();
        await queue.SendMessageAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes("こんにちは, \"世界\"")), Cancellation);

        await app.StartAsync();

        Golden.Matches("queue-text", (await app.RequestAsync("Work")).Json);
    }

    [Fact]
    public async Task The_request_has_the_path_and_headers_of_the_host()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync("DoWork");
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        var request = await app.RequestAsync("DoWork");
        Assert.Equal(("POST", "/DoWork"), (request.Method, request.Path));
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
        Assert.Equal("chunked", request.Headers["Transfer-Encoding"]);
        Assert.True(Guid.TryParseExact(request.Headers["X-Azure-Functions-InvocationId"], "D", out _));
        Assert.Matches(@"^4\.\d+\.\d+\.\d+$", request.Headers["X-Azure-Functions-HostVersion"]);
        Assert.Equal("Azure-Functions-Host/" + request.Headers["X-Azure-Functions-HostVersion"], request.Headers["User-Agent"]);
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", request.Headers["traceparent"]);
    }

    [Fact]
    public async Task The_warmup_function_runs_once_on_every_instance()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Options = app.Options with { Instances = 2 };
        app.Function("Warmup", new JsonObject { ["type"] = "warmupTrigger", ["direction"] = "in", ["name"] = "context" });

        var host = await app.StartAsync();

        RecordedRequest[] requests = [await app.RequestAsync("Warmup", 0), await app.RequestAsync("Warmup", 1)];
        Golden.Matches("warmup", requests[0].Json);
        Assert.Equal(host.Handlers.Select(handler => handler.ProcessId).Order(), requests.Select(request => request.ProcessId).Order());
    }

    [Fact]
    public void Dates_lose_their_fraction_and_keep_their_offset()
        => Assert.Equal(
            "2026-01-01T09:00:00+09:00",
            WireValue.Encode(new DateTimeOffset(2026, 1, 1, 9, 0, 0, 999, TimeSpan.FromHours(9)))!.GetValue<string>());

    [Fact]
    public void Arrays_are_JSON_in_a_string_like_text()
        => Assert.Equal("[1,2]", WireValue.Encode(new JsonArray(1, 2))!.GetValue<string>());

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("{broken")]
    [InlineData("text")]
    [InlineData("")]
    public void Only_JSON_objects_give_binding_data(string message)
    {
        var data = InvocationPayload.NewBindingData();

        JsonBindingData.Apply(message, data);

        Assert.Empty(data);
    }

    [Fact]
    public void Sys_tells_the_time_of_the_host()
    {
        var time = new FakeTimeProvider(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
        var function = new FunctionMetadata("Warmup", new FunctionBinding { Name = "context", Type = "warmupTrigger" }, []);

        var payload = InvocationPayload.ForWarmup(function, time);

        Assert.Contains("\"UtcNow\":\"2026-01-02T03:04:05.678Z\"", payload.ToJsonString(), StringComparison.Ordinal);
    }
}
