using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.Cli.Models;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>Whatever texts, names, messages and files hold: no terminal and no log obeys it, and JSON keeps it exactly.</summary>
public sealed class ForeignTextTests : IDisposable
{
    private const string Forged = "FORGED";

    /// <summary>A title, a colour, C1's introducer, directions, lines of every kind, markup of the library that draws tables.</summary>
    private const string Evil =
        "a\u001b]0;title\u0007\u001b[31m\u009b2J\u007f\b\u202eb\u2066c\u200fd\u061ce\u2028\u2029\u0085\ufeff [red]x[/] [[ 😀\r\n"
        + Forged + "\n";

    /// <summary>Of <see cref="Evil"/>, what the name of a source can hold.</summary>
    private const string EvilName = "a2J\u202eb\u2066c\u2028 [red]x[/] 😀" + Forged;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Texts_ids_and_bad_lines_of_a_file()
    {
        var random = new Random(13);
        string[] texts =
        [
            Evil, .. Enumerable.Range(0, 40).Select(_ => Fuzz.Text(random, 30) + (char)random.Next(0xA0) + Evil[random.Next(30)]),
        ];
        var lines = texts.Select((text, i) => JsonSerializer.Serialize(new { id = text + i, text }))
            .Append(JsonSerializer.Serialize(new Dictionary<string, object> { ["text"] = 1, [Evil] = 2 }))
            .Append("not JSON \u001b[31m\u202e\u009b");
        await _folder.WriteAsync("evil.jsonl", string.Join('\n', lines));

        var encoded = await VisibleAsync(["encode", "evil.jsonl"]);
        Assert.Equal(texts.Select((text, i) => (text + i, text)), Rows(encoded).Select(row => (Text(row, "id"), Text(row, "text"))));
        Assert.Equal(texts, Rows(await VisibleAsync(["tokenize", "evil.jsonl"])).Select(row => Text(row, "text")));
        await VisibleAsync(["encode", "evil.jsonl", "-o", "evil.parquet"]);
        var found = Rows(await VisibleAsync(["similar", Evil, "--in", "evil.parquet", "--json", "-k", "100"]));
        Assert.Equal(texts.Order(StringComparer.Ordinal), found.Select(row => Text(row, "text")).Order(StringComparer.Ordinal));
        var table = await VisibleAsync(["similar", Evil, "--in", "evil.parquet", "-k", "100"]);
        Assert.Contains("\\u001b]0;title\\u0007", table.Output, StringComparison.Ordinal);
        Assert.Contains("[red]x[/]", table.Output, StringComparison.Ordinal);
        Assert.Equal(texts.Length + 1, table.OutputLines().Count);
        await OnTerminalAsync("similar", "猫", "--in", "evil.parquet", "-k", "100");
        await OnTerminalAsync("encode", "evil.jsonl");
    }

    [Fact]
    public async Task Names_in_a_bundle()
    {
        var bundle = await DemoBundleCache.EnsureAsync(Cancellation);
        Directory.CreateDirectory(_folder["bundle"]);
        foreach (var file in Directory.GetFiles(bundle.Folder))
        {
            File.Copy(file, _folder[$"bundle/{Path.GetFileName(file)}"]);
        }

        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(_folder["bundle/bundle.json"], Cancellation))!;
        (manifest["model"], manifest["licence"], manifest["modules"]) = (Evil, Evil, new JsonArray(Evil));
        await _folder.WriteAsync("bundle/bundle.json", manifest.ToJsonString());
        await _folder.WriteAsync("texts.txt", "猫が眠る。\n");

        var info = await VisibleAsync(["model", "info", "bundle"]);
        Assert.Contains("\\u001b]0;title\\u0007", info.Output, StringComparison.Ordinal);
        Assert.Equal(Evil, Text(Rows(await VisibleAsync(["model", "info", "bundle", "--json"]))[0], "licence"));
        await VisibleAsync(["encode", "texts.txt", "--model", "bundle", "-o", "texts.parquet"]);
        await VisibleAsync(["similar", "x", "--in", "texts.parquet", "--model", "bundle"]);
        await OnTerminalAsync("model", "info", "bundle");
    }

    [Theory]
    [InlineData("encode")]
    [InlineData("encode", "-o", "x.parquet", "--model")]
    [InlineData("model", "info")]
    [InlineData("similar", "x", "--in")]
    [InlineData("jobs", "--connection")]
    [InlineData("jobs", "--connection-file")]
    [InlineData("submit")]
    [InlineData("submit", "--verbose")]
    [InlineData("nonsense")]
    [InlineData("tokenize", "--format")]
    [InlineData("up", "--allow-origin")]
    [InlineData("up", "--app")]
    public async Task Arguments(params string[] command)
    {
        var result = await VisibleAsync([.. command, Evil], exitCode: null);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(result.ErrorLines(), line => line.StartsWith("Error: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_messages_and_reasons_that_come_from_storage()
    {
        using var up = CliProcess.Start(["up", "--port", "0", "--verbose"], _folder.Path);
        await Eventually.TrueAsync("it runs", () => Task.FromResult(up.Output.Contains("Ctrl-C", StringComparison.Ordinal)), Cancellation,
            TimeSpan.FromMinutes(5));
        var state = JsonDocument.Parse(await File.ReadAllTextAsync(_folder[".simcse/up.json"], Cancellation)).RootElement;
        var connection = state.GetProperty("connectionString").GetString()!;
        var texts = new BlobContainerClient(connection, StorageNames.Texts);
        await texts.UploadBlobAsync($"\u009b{EvilName}.txt", BinaryData.FromString("x"), Cancellation);
        await new QueueClient(connection, StorageNames.PlanQueue).SendMessageAsync(
            JsonSerializer.Serialize(new Dictionary<string, object> { ["source"] = Evil, [Evil] = 1 }),
            Cancellation);
        await _folder.WriteAsync("texts.jsonl", "{\"text\": \"猫が眠る。\"}\nnot json\n");

        var submitted = await VisibleAsync(["submit", "texts.jsonl", "--wait", "--name", $"{EvilName}.jsonl"]);
        Assert.Contains("2J\\u202eb", submitted.Output, StringComparison.Ordinal);
        using var all = JsonDocument.Parse((await VisibleAsync(["jobs", "--json"])).Output);
        var job = all.RootElement.EnumerateArray().Single(job => Text(job, "source") == $"{EvilName}.jsonl");
        Assert.Contains("\\u009ba2J", (await VisibleAsync(["jobs"])).Output, StringComparison.Ordinal);
        foreach (var status in all.RootElement.EnumerateArray())
        {
            await VisibleAsync(["jobs", Text(status, "job")]);
        }

        foreach (var verb in (string[])["retry", "cancel"])
        {
            await VisibleAsync(["jobs", verb, Text(job, "job")], exitCode: 3);
            await VisibleAsync(["jobs", verb, Text(job, "job"), "--json"], exitCode: 3);
        }

        await VisibleAsync(["jobs", "download", Text(job, "job"), "-o", "fetched\u009b\u202e"]);
        await VisibleAsync(["jobs", Evil], exitCode: 1);
        await OnTerminalAsync("jobs");

        await Eventually.TrueAsync(
            "the failure is shown", () => Task.FromResult(up.Output.Contains(".txt failed", StringComparison.Ordinal)), Cancellation);
        up.Signal("TERM");
        var result = await up.WaitAsync(Cancellation);
        AssertVisible(result.Output);
        AssertVisible(result.Error);
        var log = await File.ReadAllTextAsync(_folder[".simcse/up.log"], Cancellation);
        AssertVisible(log);
        Assert.All(
            log.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            // begins a record, or goes on with one
            line => Assert.Matches(@"^(\d\d:\d\d:\d\d\.\d{3} (debu|info|warn|erro|crit) |  )", line));
    }

    /// <summary>Runs a command whose output is piped.</summary>
    private async Task<CliResult> VisibleAsync(string[] arguments, int? exitCode = 0)
    {
        var result = await _folder.RunAsync(arguments);
        Assert.True(exitCode is null || exitCode == result.ExitCode, $"{result.ExitCode}: {result.Error}");
        AssertVisible(result.Output);
        AssertVisible(result.Error);
        return result;
    }

    /// <summary>Runs a command on a terminal of its own, which gets colours and frames, but none of what is foreign.</summary>
    private async Task OnTerminalAsync(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var command = string.Join(' ', ((string[])["dotnet", CliProcess.Assembly, .. arguments]).Select(argument => $"'{argument}'"));
        var start = new ProcessStartInfo("script", ["-qec", command, "/dev/null"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = "xterm-256color";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, output);
        Assert.DoesNotContain("\u001b]0;title", output, StringComparison.Ordinal);
        AssertVisible(output.Replace("\u001b", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal));
    }

    private static void AssertVisible(string output)
    {
        var bad = output.FirstOrDefault(
            character => (char.IsControl(character) && character != '\n')
                || character is '\u061c' or '\u200e' or '\u200f' or '\ufeff' or (>= '\u2028' and <= '\u202e')
                    or (>= '\u2066' and <= '\u206f'));
        Assert.True(bad == 0, $"U+{(int)bad:X4} in: {output}");
        Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith(Forged, StringComparison.Ordinal));
    }

    private static List<JsonElement> Rows(CliResult result) =>
        [.. result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}
