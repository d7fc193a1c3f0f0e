using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>
/// The test's worker under a host: functions are switched on, hosts started, answers prescribed, invocations looked up. Queues and
/// containers have names of their own, so that tests share one Azurite.
/// </summary>
internal sealed class TestApp : IAsyncDisposable
{
    private static readonly string[] AllFunctions =
    [
        "Work", "Slow", "Other", "Tick", "TickAtStart", "Warm", "Web", "Item", "Named", "Files", "Keyed", "Admin", "Routed", "Odd", "Typed",
        "Sender",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly string _connectionString;
    private readonly string _unique = Guid.NewGuid().ToString("N")[..12];
    private readonly List<FunctionsHost> _hosts = [];

    public TestApp(string connectionString, params string[] functions)
    {
        _connectionString = connectionString;
        Settings = new()
        {
            ["AzureWebJobsStorage"] = connectionString,
            ["OtherStorage"] = connectionString,
            ["TEST_FOLDER"] = _folder.Path,
            ["WORK_QUEUE"] = UniqueName("work"),
            ["SLOW_QUEUE"] = UniqueName("slow"),
            ["OTHER_QUEUE"] = UniqueName("other"),
            ["SCHEDULE"] = "0 */5 * * * *",
            ["ROUTE"] = "routed",
        };
        foreach (var function in AllFunctions.Except(functions))
        {
            Settings[$"AzureWebJobs.{function}.Disabled"] = "true";
        }
    }

    /// <summary>What the worker's build made: the app as a publish would leave it.</summary>
    public static string AppRoot { get; } = Path.Combine(
        RepositoryRoot.Path, "tests", "SimCse.LocalHost.Tests.Worker", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
        "net10.0");

    public Dictionary<string, string> Settings { get; }

    public CapturedLogs Logs { get; } = new();

    public FunctionsHostOptions Options { get; set; } = new() { AppRoot = AppRoot, BlobEvents = false };

    public string Folder => _folder.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string UniqueName(string name) => $"{name}-{_unique}";

    /// <summary>A value of host.json, by the setting that goes before the file.</summary>
    public TestApp HostJson(string path, string value)
    {
        Settings[$"AzureFunctionsJobHost__{path.Replace(".", "__", StringComparison.Ordinal)}"] = value;
        return this;
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

    /// <summary>Waits until an answer's wait for a file was cancelled.</summary>
    public Task GaveUpAsync(string waitFor) => Eventually.TrueAsync(
        $"the function was cancelled while it waited for {waitFor}", () =>
            Task.FromResult(File.Exists(_folder[$"{waitFor}.gave-up"])), Cancellation);

    public async Task<FunctionsHost> StartAsync()
    {
        var host = await FunctionsHost.StartAsync(Options with { Settings = Settings, LoggerFactory = Logs }, Cancellation);
        _hosts.Add(host);
        return host;
    }

    public Task<RecordedInvocation> InvocationAsync(string name, int index = 0) => RecordAsync<RecordedInvocation>(name, index);

    public Task<RecordedStart> WorkerStartAsync(int index = 0) => RecordAsync<RecordedStart>("start", index);

    /// <summary>How many have been received so far.</summary>
    public int Count(string name) =>
        Directory.GetFiles(_folder.Path, $"{name}.*.json").Count(path => !path.EndsWith("answers.json", StringComparison.Ordinal));

    /// <summary>Waits until a line that holds a text is logged.</summary>
    public Task<CapturedLogs.Line> LoggedAsync(string text) => Eventually.GetAsync(
        $"a line with '{text}'",
        () => Task.FromResult(Logs.Lines.FirstOrDefault(line => line.Message.Contains(text, StringComparison.Ordinal))),
        Cancellation);

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
            $"record {index} of {name}", async () =>
                File.Exists(path) ? await File.ReadAllTextAsync(path, Cancellation) : null, Cancellation);
        return JsonSerializer.Deserialize<T>(json)!;
    }
}
