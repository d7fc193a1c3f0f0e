using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed partial class UpTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_submitted_to_what_runs_and_ctrl_c_leaves_nothing_behind()
    {
        using var up = CliProcess.Start(["up", "--port", "0", "--instances", "2"], _folder.Path);
        var state = await WaitUntilUpAsync(up);
        await _folder.WriteAsync("texts.jsonl", "{\"id\": \"a\", \"text\": \"猫が眠る。\"}\nnot json\n{\"id\": \"c\", \"text\": \"犬が走る。\"}\n");

        var submitted = await _folder.RunAsync("submit", "texts.jsonl", "--wait", "--normalize", "--json").SucceedAsync();
        using var job = JsonDocument.Parse(submitted.Output);
        Assert.Equal("succeeded", job.RootElement.GetProperty("state").GetString());
        Assert.Equal(2, job.RootElement.GetProperty("rows").GetInt32());
        Assert.Equal(1, job.RootElement.GetProperty("errors").GetInt32());
        await CheckJobAsync(job.RootElement.GetProperty("job").GetString()!);

        var asked = await _folder.RunAsync("submit", "--all");
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains("Encode 1 source (", asked.Error, StringComparison.Ordinal);
        Assert.Contains("Add --yes", asked.Error, StringComparison.Ordinal);
        var all = await _folder.RunAsync("submit", "--all", "--yes", "--dimensions", "8", "--wait", "--json").SucceedAsync();
        using var again = JsonDocument.Parse(all.Output);
        Assert.Equal("texts.jsonl", again.RootElement.GetProperty("source").GetString());
        Assert.Equal(8, again.RootElement.GetProperty("options").GetProperty("dimensions").GetInt32());

        var second = await _folder.RunAsync("up");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"runs already with the data folder '.simcse' (process {up.ProcessId}, ", second.Error, StringComparison.Ordinal);

        up.Interrupt();
        var result = await up.WaitAsync(Cancellation);
        Assert.True(result.ExitCode == 0, result.Error);
        await AssertStoppedAsync(state);
    }

    [Fact]
    public async Task What_happens_to_a_file_is_said_line_by_line_and_a_failure_once_with_its_reason()
    {
        using var up = CliProcess.Start(["up", "--port", "0", "--app", BuiltApp.Folder], _folder.Path);
        var state = await WaitUntilUpAsync(up);
        var texts = new BlobContainerClient(state.GetProperty("connectionString").GetString(), StorageNames.Texts);

        await texts.UploadBlobAsync("猫.txt", BinaryData.FromString("猫が眠る。\n"), Cancellation);
        await texts.UploadBlobAsync("picture.png", BinaryData.FromString("x"), Cancellation);
        await texts.UploadBlobAsync("cut.txt.gz", BinaryData.FromString("x"), Cancellation);

        foreach (
            var line in (string[])[
                "猫.txt: noticed.", "planned 猫.txt; shards: 1, texts: 1.", "猫.txt is complete; rows: 1, error rows: 0.",
                "picture.png: noticed.", "picture.png is ignored: ", "cut.txt.gz failed: "])
        {
            await Eventually.TrueAsync(line, () => Task.FromResult(up.Output.Contains(line, StringComparison.Ordinal)), Cancellation);
        }

        Assert.Contains("container texts, find Parquet in embeddings", up.Output, StringComparison.Ordinal);
        Assert.Contains("simcse-demo-untrained, UNTRAINED\n", up.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("cut.txt.gz", up.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Error response", up.Error, StringComparison.Ordinal); // of storage, which the host's own looks provoke
        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);
    }

    [Fact]
    public async Task Commands_in_other_folders_find_it_until_sigterm_stops_it_as_ctrl_c_does()
    {
        var (elsewhere, environment) = (Directory.CreateDirectory(_folder["elsewhere"]).FullName, HomeOfItsOwn());
        Directory.CreateDirectory(_folder[".simcse"]);
        await _folder.WriteAsync(".simcse/up.log", "of an earlier run");
        using var up = CliProcess.Start(["up", "--port", "0", "--json", "--show-key"], _folder.Path, environment);
        var state = await WaitUntilUpAsync(up);
        await Eventually.TrueAsync("the addresses are written", () => Task.FromResult(up.Output.EndsWith('\n')), Cancellation);
        using var address = JsonDocument.Parse(up.Output);
        Assert.Equal(state.GetProperty("connectionString").GetString(), address.RootElement.GetProperty("connectionString").GetString());

        Assert.Equal("of an earlier run", await File.ReadAllTextAsync(_folder[".simcse/up.1.log"], Cancellation));
        Assert.Equal("[]\n", (await CliProcess.RunAsync(["jobs", "--json"], elsewhere, Cancellation, environment: environment)).Output);
        var wrong = state.GetProperty("connectionString").GetString()!.Replace("Eby8", "AAAA", StringComparison.Ordinal);
        var refused = await CliProcess.RunAsync(
            ["jobs"], elsewhere, Cancellation, environment: new Dictionary<string, string> { ["SIMCSE_CONNECTION"] = wrong });
        Assert.Contains(
            "in the environment variable SIMCSE_CONNECTION refuses its account key (Auth", refused.Error, StringComparison.Ordinal);

        up.Signal("TERM");
        var result = await up.WaitAsync(Cancellation);
        Assert.True(result.ExitCode == 0, result.Error);
        await AssertStoppedAsync(state);
        Assert.False(File.Exists(Path.Combine(environment["SIMCSE_HOME"], "up.json")));
    }

    [Fact]
    public async Task A_port_in_use_is_found_before_storage_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var up = await _folder.RunAsync("up", "--port", $"{port}");

        Assert.Equal(1, up.ExitCode);
        Assert.Contains($"Port {port} is in use by another program", up.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder[".simcse/azurite"]));
    }

    [Theory]
    [InlineData("jobs --connection x --connection-file y", "--connection and --connection-file are both given")]
    [InlineData("jobs --connection-file absent.txt", "--connection-file names 'absent.txt', which is not there")]
    [InlineData("up --key-file two.txt", "--key-file names 'two.txt', which does not hold one line")]
    [InlineData("up --allow-origin *", "'*' is no origin; expected")]
    public async Task Options_that_cannot_be_used_are_named(string command, string sentence)
    {
        await _folder.WriteAsync("two.txt", "one\ntwo\n");

        var result = await _folder.RunAsync(command.Split(' '));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_starts_with_a_data_folder()
    {
        Directory.CreateDirectory(_folder[".simcse"]);
        using var held = CrossProcessLock.TryAcquire(_folder[".simcse/up.lock"]);

        var result = await _folder.RunAsync("up");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            $"(process {Environment.ProcessId}); stop it with Ctrl-C in its terminal, or with 'kill {Environment.ProcessId}', or choose",
            result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_acknowledged_outlives_kills()
    {
        const int Kills = 3;
        var blobs = new List<string>();
        for (var round = 0; round <= Kills; round++)
        {
            using var up = CliProcess.Start(["up", "--port", "0"], _folder.Path);
            var connection = (await WaitUntilUpAsync(up)).GetProperty("connectionString").GetString();
            var container = new BlobContainerClient(connection, "kept");
            var queue = new QueueClient(connection, "kept");
            await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
            await queue.CreateIfNotExistsAsync(cancellationToken: Cancellation);
            foreach (var name in blobs)
            {
                Assert.Equal(name, (await container.GetBlobClient(name).DownloadContentAsync(Cancellation)).Value.Content.ToString());
            }

            Assert.Equal(blobs.Count, (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
            for (var number = 0; number < 12; number++)
            {
                blobs.Add($"{round}-{number}.txt");
                await container.UploadBlobAsync(blobs[^1], BinaryData.FromString(blobs[^1]), Cancellation);
                await queue.SendMessageAsync(blobs[^1], Cancellation);
            }

            up.Signal("KILL");
            await up.WaitAsync(Cancellation);
        }
    }

    [Fact]
    public async Task An_Azurite_that_dies_ends_it_with_the_reason()
    {
        using var up = CliProcess.Start(["up", "--port", "0"], _folder.Path);
        await WaitUntilUpAsync(up);
        var azurite = (await File.ReadAllTextAsync(_folder[".simcse/azurite/azurite.pid"], Cancellation)).Split(' ')[0];

        using (var killed = Process.GetProcessById(int.Parse(azurite, CultureInfo.InvariantCulture)))
        {
            killed.Kill();
        }

        var result = await up.WaitAsync(Cancellation);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Azurite (process {azurite}) ended with exit code 137", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_note_of_a_process_that_is_gone_is_not_believed()
    {
        Directory.CreateDirectory(_folder[".simcse"]);
        await _folder.WriteAsync(
            ".simcse/up.json",
            """{"processId":1,"processStartedOn":"2001-01-01T00:00:00Z","connectionString":"x","address":"http://127.0.0.1:1","model":"m","workers":[]}""");
        var result = await _folder.RunAsync("jobs");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No storage account", result.Error, StringComparison.Ordinal);
    }

    [UnsupportedOSPlatform("windows")]
    private UnixFileMode Mode(string path) => File.GetUnixFileMode(_folder[path]);

    private async Task CheckJobAsync(string id)
    {
        var list = await _folder.RunAsync("jobs").SucceedAsync();
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        using var all = JsonDocument.Parse((await _folder.RunAsync("jobs", "--json").SucceedAsync()).Output);
        Assert.Equal([id], all.RootElement.EnumerateArray().Select(job => job.GetProperty("job").GetString()));
        var one = await _folder.RunAsync("jobs", id).SucceedAsync();
        Assert.Contains("normalized, all dimensions, with text", one.Output, StringComparison.Ordinal);
        foreach (var (verb, problem) in new[] { ("cancel", "there is nothing to cancel"), ("retry", "there is nothing to try") })
        {
            var refused = await _folder.RunAsync("jobs", verb, id);
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains(problem, refused.Error, StringComparison.Ordinal);
        }

        var files = await _folder.RunAsync("jobs", "download", id, "-o", "fetched").SucceedAsync();
        var rows = await DuckDb.QueryAsync($"SELECT id FROM '{_folder[files.OutputLines()[0]]}'", Cancellation);
        Assert.Equal(["a", "c"], rows.Select(row => row[0]));
        Assert.True(File.Exists(_folder["fetched/_errors/part-00000.jsonl"]));

        var absent = await _folder.RunAsync("jobs", "absent");
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("There is no job 'absent'", absent.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> WaitUntilUpAsync(CliProcess up)
    {
        var note = _folder[".simcse/up.json"];
        var state = await Eventually.GetAsync("'simcse up' runs", async () =>
        {
            Assert.False(up.HasExited, up.Error);
            // A process that was killed leaves its own.
            return File.Exists(note) && JsonDocument.Parse(await File.ReadAllTextAsync(note, Cancellation)) is { } json
                && json.RootElement.GetProperty("processId").GetInt32() == up.ProcessId ? json : null;
        }, Cancellation);
        return state.RootElement;
    }

    /// <summary>A user's folder apart, in which only the notes are not everybody's.</summary>
    private Dictionary<string, string> HomeOfItsOwn()
    {
        var home = Directory.CreateDirectory(_folder["home"]).FullName;
        var everybodys = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "simcse");
        foreach (var folder in Directory.Exists(everybodys) ? Directory.GetDirectories(everybodys) : [])
        {
            Directory.CreateSymbolicLink(Path.Combine(home, Path.GetFileName(folder)), folder);
        }

        return new() { ["SIMCSE_HOME"] = home, ["SIMCSE_DATA"] = "" };
    }

    private async Task AssertStoppedAsync(JsonElement state)
    {
        Assert.False(File.Exists(_folder[".simcse/up.json"]));
        Assert.False(await AzuriteServer.AnswersAsync(state.GetProperty("connectionString").GetString()!, Cancellation));
        Assert.All(state.GetProperty("workers").EnumerateArray(), worker => Assert.False(IsRunning(worker.GetInt32())));
    }

    /// <summary>Of a process and all that it has started, as <c>ps</c> shows them.</summary>
    private static IEnumerable<string> CommandLines(int processId)
    {
        var children = Directory.GetDirectories("/proc").Select(folder => Path.GetFileName(folder)!)
            .Where(name => int.TryParse(name, out _) && ParentOf(name) == $"{processId}");
        return children.SelectMany(child => CommandLines(int.Parse(child, CultureInfo.InvariantCulture)))
            .Prepend(File.ReadAllText($"/proc/{processId}/cmdline"));
    }

    /// <summary>The second field after the name, which is in parentheses; nothing when the process has ended.</summary>
    private static string ParentOf(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ')[1];
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
