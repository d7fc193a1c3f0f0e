using System.Net;
using System.Text.Json;

namespace SimCse.Functions.Tests;

/// <summary>What the Functions host reads, in the folder that it reads it from, and whether the handler answers to it.</summary>
public sealed class FunctionFilesTests(AppFixture app)
{
    private static readonly Dictionary<string, string> Queues = new()
    {
        ["PlanJob"] = "plan",
        ["EncodeShard"] = "shards",
        ["RecordPlanPoison"] = "plan-poison",
        ["RecordShardPoison"] = "shards-poison",
    };

    [Fact]
    public void The_output_folder_is_the_function_app()
    {
        string[] expected =
        [
            "Decode", "Embed", "EmbedTei", "Embeddings", "EncodeShard", "Health", "Info", "Jobs", "Metrics", "OpenApi", "PlanJob", "Reconcile",
            "RecordPlanPoison", "RecordShardPoison", "Similarity", "Tokenize", "Warmup",
        ];

        Assert.Equal(expected, Functions().Select(function => function.Name));
        Assert.True(File.Exists(Path.Combine(HandlerProcess.AppFolder, "SimCse.Functions.dll")));
        Assert.True(Directory.Exists(Path.Combine(HandlerProcess.AppFolder, "runtimes")), "ONNX Runtime's native libraries stand beside the handler.");
    }

    [Fact]
    public void The_host_starts_the_handler_with_dotnet_and_gives_it_a_second_shard_while_one_is_encoded()
    {
        var host = Read("host.json");
        var handler = host.GetProperty("customHandler");
        var queues = host.GetProperty("extensions").GetProperty("queues");

        Assert.Equal("dotnet", handler.GetProperty("description").GetProperty("defaultExecutablePath").GetString());
        Assert.Equal(["SimCse.Functions.dll"], handler.GetProperty("description").GetProperty("arguments").EnumerateArray().Select(x => x.GetString()));
        Assert.True(handler.GetProperty("enableProxyingHttpRequest").GetBoolean());
        Assert.True(handler.GetProperty("enableForwardingHttpRequest").GetBoolean());
        Assert.Equal("00:30:00", host.GetProperty("functionTimeout").GetString());
        Assert.Equal("", host.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal(1, queues.GetProperty("batchSize").GetInt32());
        Assert.Equal(1, queues.GetProperty("newBatchThreshold").GetInt32());
        Assert.Equal("00:00:01", queues.GetProperty("maxPollingInterval").GetString()); // docs/pipeline.md says what it costs
        Assert.Equal(5, queues.GetProperty("maxDequeueCount").GetInt32());
        Assert.Equal("none", queues.GetProperty("messageEncoding").GetString());
    }

    [Fact]
    public void Queue_functions_have_the_queue_and_the_binding_that_the_handler_reads() => Assert.All(Queues, function =>
    {
        var trigger = Trigger(Read(function.Key, "function.json"));
        Assert.Equal("queueTrigger", trigger.GetProperty("type").GetString());
        Assert.Equal("message", trigger.GetProperty("name").GetString());
        Assert.Equal(function.Value, trigger.GetProperty("queueName").GetString());
        Assert.Equal("AzureWebJobsStorage", trigger.GetProperty("connection").GetString());
    });

    [Fact]
    public void Only_health_is_open_to_everyone() => Assert.All(
        Functions().Where(function => TypeOf(function) == "httpTrigger"),
        function => Assert.Equal(function.Name == "Health" ? "anonymous" : "function", Trigger(function.Content).GetProperty("authLevel").GetString()));

    [Fact]
    public async Task Every_function_that_is_posted_to_answers_under_its_folder_name()
    {
        foreach (var function in Functions().Where(function => TypeOf(function) != "httpTrigger" && function.Name != "Reconcile"))
        {
            // Not an envelope: a queue function refuses it, Warmup does not look at it; a function that is not there would be a 404.
            var (status, _) = await app.Client.PostReplyAsync($"/{function.Name}", "[]");
            Assert.Equal(Queues.ContainsKey(function.Name) ? HttpStatusCode.BadRequest : HttpStatusCode.OK, status);
        }
    }

    private static string TypeOf((string Name, JsonElement Content) function) => Trigger(function.Content).GetProperty("type").GetString()!;

    private static JsonElement Trigger(JsonElement function) => function.GetProperty("bindings")[0];

    private static IEnumerable<(string Name, JsonElement Content)> Functions() =>
        from folder in Directory.EnumerateDirectories(HandlerProcess.AppFolder).Order(StringComparer.Ordinal)
        where File.Exists(Path.Combine(folder, "function.json"))
        select (Path.GetFileName(folder), Read(Path.GetFileName(folder), "function.json"));

    private static JsonElement Read(params string[] path) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine([HandlerProcess.AppFolder, .. path]))).RootElement;
}
