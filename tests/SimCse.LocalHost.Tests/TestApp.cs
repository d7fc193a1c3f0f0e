using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>
/// A Functions app in a folder of its own, run by the test's handler: functions are added, hosts started, answers prescribed, requests looked up.
/// Queues and containers have names of their own, so that tests share one Azurite.
/// </summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _connectionString;
    private readonly string _unique = Guid.NewGuid().ToString("N")[..12];
    private readonly List<FunctionsHost> _hosts = [];

    public TestApp(string connectionString)
    {
        _connectionString = connectionString;
        Directory.CreateDirectory(AppRoot);
        Settings = new()
        {
            ["AzureWebJobsStorage"] = connectionString,
            ["FUNCTIONS_WORKER_RUNTIME"] = "custom",
            ["TEST_FOLDER"] = _folder.Path,
        };
        var handler = Path.Combine(AppContext.BaseDirectory, "SimCse.LocalHost.Tests.Handler.dll");
        HostJson = new JsonObject
        {
            ["version"] = "2.0",
            ["customHandler"] = new JsonObject
            {
                ["description"] = new JsonObject { ["defaultExecutablePath"] = "dotnet", ["arguments"] = new JsonArray(handler) },
            },
            ["extensions"] = new JsonObject
            {
                ["queues"] = new JsonObject { ["messageEncoding"] = "none", ["maxPollingInterval"] = "00:00:00.200" },
                ["http"] = new JsonObject { ["routePrefix"] = "" },
            },
        };
    }

    public JsonObject HostJson { get; }

    public Dictionary<string, string> Settings { get; }

    public CapturedLogs Logs { get; } = new();

    public FunctionsHostOptions Options { get; set; } = new() { AppRoot = "", BlobEvents = false };

    public string AppRoot => _folder["app"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string UniqueName(string name) => $"{name}-{_unique}";

    public TestApp Function(string name, params JsonObject[] bindings)
    {
        Directory.CreateDirectory(Path.Combine(AppRoot, name));
        File.WriteAllText(Path.Combine(AppRoot, name, "function.json"), new JsonObject { ["bindings"] = new JsonArray([.. bindings]) }.ToJsonString());
        return this;
    }

    /// <summary>A function with a queue trigger called <c>message</c>; the queue is made, with a name of its own.</summary>
    public async Task<QueueClient> QueueFunctionAsync(string name = "Work", string queueName = "work", params JsonObject[] more)
    {
        var queue = await QueueAsync(queueName);
        Function(name, [new() { ["type"] = "queueTrigger", ["direction"] = "in", ["name"] = "message", ["queueName"] = queue.Name }, .. more]);
        return queue;
    }

    public async Task<QueueClient> QueueAsync(string name)
    {
        var queue = Queue(name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        return queue;
    }

    public QueueClient Queue(string name) => new(_connectionString, UniqueName(name));

    public QueueClient PoisonQueue(string name) => new(_connectionString, UniqueName(name) + "-poison");

    public BlobContainerClient Container(string name) => new(_connectionString, UniqueName(name));

    public void Answer(string name, params Answer[] answers)
        => File.WriteAllText(_folder[$"{name}.answers.json"], JsonSerializer.Serialize(answers));

    public void Starts(params Behaviour[] behaviours) => File.WriteAllText(_folder["starts.json"], JsonSerializer.Serialize(behaviours));

    /// <summary>Makes the file that an answer's <c>WaitFor</c> waits for.</summary>
    public void Signal(string name) => File.WriteAllText(_folder[name], "");

    /// <summary>Waits until an answer's wait for a file was ended by the request's own end.</summary>
    public Task GaveUpAsync(string waitFor) => Eventually.TrueAsync(
        $"the handler has given up waiting for {waitFor}", () => Task.FromResult(File.Exists(_folder[$"{waitFor}.gave-up"])), Cancellation);

    public async Task<FunctionsHost> StartAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(AppRoot, "host.json"), HostJson.ToJsonString(), Cancellation);
        var host = await FunctionsHost.StartAsync(Options with { AppRoot = AppRoot, Settings = Settings, LoggerFactory = Logs }, Cancellation);
        _hosts.Add(host);
        return host;
    }

    public async Task<RecordedRequest> RequestAsync(string name, int index = 0) => await RecordAsync<RecordedRequest>(name, index);

    public async Task<RecordedStart> HandlerStartAsync(int index = 0) => await RecordAsync<RecordedStart>("start", index);

    /// <summary>How many have been received so far.</summary>
    public int Count(string name) => Directory.GetFiles(_folder.Path, $"{name}.*.json").Count(path => !path.EndsWith("answers.json", StringComparison.Ordinal));

    /// <summary>Waits until a queue holds no message at all, visible or not.</summary>
    public static Task EmptyAsync(QueueClient queue)
        => Eventually.TrueAsync($"queue {queue.Name} is empty", async () =>
            (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount == 0, Cancellation);

    /// <summary>Waits for the next message of a queue that may not exist yet, and takes it.</summary>
    public static Task<string> TakeAsync(QueueClient queue)
        => Eventually.GetAsync($"a message in {queue.Name}", async () => await queue.ExistsAsync(Cancellation)
            ? (await queue.ReceiveMessageAsync(cancellationToken: Cancellation)).Value?.MessageText
            : null, Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task<T> RecordAsync<T>(string name, int index)
        where T : class
    {
        var path = _folder[$"{name}.{index}.json"];
        var json = await Eventually.GetAsync(
            $"request {index} of {name}", async () => File.Exists(path) ? await File.ReadAllTextAsync(path, Cancellation) : null, Cancellation);
        return JsonSerializer.Deserialize<T>(json)!;
    }
}
