using System.Text.Json;
using System.Text.Json.Nodes;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>What the Functions host reads, in the folder that it reads it from, and whether the worker says the same.</summary>
public sealed class FunctionMetadataTests(AppFixture app)
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
            "Decode", "Embed", "EmbedRoot", "EmbedTei", "Embeddings", "EmbeddingsDeployment", "EmbeddingsOpenAi", "EmbeddingsTei",
            "EncodeShard", "Health", "Info", "Jobs", "Metrics", "Models", "ModelsAzure", "ModelsOpenAi", "OpenApi", "PlanJob", "Reconcile",
            "RecordPlanPoison", "RecordShardPoison", "Similarity", "Tokenize", "Warmup", "ZAnythingElse",
        ];

        Assert.Equal(expected, Functions().Select(function => Text(function, "name")).Order(StringComparer.Ordinal));
        Assert.All(
            ["SimCse.Functions.dll", "worker.config.json", "extensions.json", ".azurefunctions/function.deps.json"],
            file => Assert.True(File.Exists(Path.Combine(BuiltApp.Folder, file)), file));
        Assert.True(Directory.Exists(Path.Combine(BuiltApp.Folder, "runtimes")), "ONNX Runtime's native libraries stand beside the app.");
        Assert.Equal("SimCse.Functions.dll", Text(Read("worker.config.json")["description"]!, "defaultWorkerPath"));
        Assert.All(
            Read("extensions.json")["extensions"]!.AsArray(),
            extension => Assert.True(File.Exists(Path.Combine(BuiltApp.Folder, Text(extension!, "hintPath"))), extension!.ToJsonString()));
    }

    [Fact]
    public void What_the_build_wrote_is_what_the_worker_says()
    {
        var sent = app.App.Host.Functions.ToDictionary(
            function => function.Name,
            function => (
                function.Source.EntryPoint, function.Source.ScriptFile,
                Bindings(function.Source.RawBindings.Select(binding => JsonNode.Parse(binding)!))));

        var written = Functions().ToDictionary(
            function => Text(function, "name"),
            function => (
                Text(function, "entryPoint"), Text(function, "scriptFile"),
                Bindings(function["bindings"]!.AsArray().Select(binding => binding!))));

        Assert.Equal(written, sent);
    }

    [Fact]
    public void Host_json_says_what_the_docs_say()
    {
        var host = Read("host.json");
        var queues = host["extensions"]!["queues"]!;

        Assert.Equal("00:30:00", Text(host, "functionTimeout"));
        Assert.Equal("", Text(host["extensions"]!["http"]!, "routePrefix"));
        Assert.Equal((1, 1), (queues["batchSize"]!.GetValue<int>(), queues["newBatchThreshold"]!.GetValue<int>()));
        Assert.Equal("00:00:01", Text(queues, "maxPollingInterval")); // docs/pipeline.md says what it costs
        Assert.Equal(5, queues["maxDequeueCount"]!.GetValue<int>());
        Assert.Equal("none", Text(queues, "messageEncoding"));
    }

    [Fact]
    public void Queue_functions_have_the_queues_of_the_jobs() => Assert.Equal(
        Queues.Select(queue => (queue.Key, queue.Value, "AzureWebJobsStorage")).Order(),
        Functions().Where(function => TypeOf(function) == "queueTrigger")
            .Select(
                function => (Text(function, "name"), Text(Trigger(function), "queueName"), Text(Trigger(function), "connection"))).Order());

    [Fact]
    public void Only_health_is_open_to_everyone() => Assert.All(
        Functions().Where(function => TypeOf(function) == "httpTrigger"),
        function => Assert.Equal(Text(function, "name") == "Health" ? "Anonymous" : "Function", Text(Trigger(function), "authLevel")));

    private static string TypeOf(JsonNode function) => Text(Trigger(function), "type");

    private static JsonNode Trigger(JsonNode function) => function["bindings"]![0]!;

    /// <summary>Without what only one of the two forms has: empty properties.</summary>
    private static string Bindings(IEnumerable<JsonNode> bindings) => string.Join('\n', bindings.Select(binding => string.Join(
        ' ', binding.AsObject().Where(property => property.Key != "properties")
            .Select(
                property =>
                    $"{property.Key}={property.Value!.ToJsonString()}").Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal));

    private static IEnumerable<JsonNode> Functions() => Read("functions.metadata").AsArray().Select(function => function!);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static JsonNode Read(string file) => JsonNode.Parse(
        File.ReadAllText(Path.Combine(BuiltApp.Folder, file)), documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true })!;
}
