using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.Jobs.Storage;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class UpTests : IDisposable
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

        var second = await _folder.RunAsync("up");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("runs already", second.Error, StringComparison.Ordinal);

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

        foreach (
            var line in (string[])["猫.txt: noticed.", "planned 猫.txt into 1 shards, 1 texts.", "猫.txt is complete, 1 " +
                "rows", "picture.png: noticed.", "picture.png failed: "])
        {
            await Eventually.TrueAsync(line, () => Task.FromResult(up.Output.Contains(line, StringComparison.Ordinal)), Cancellation);
        }

        Assert.Contains("container texts, find Parquet in embeddings", up.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("picture.png", up.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Error response", up.Error, StringComparison.Ordinal); // of storage, which the host's own looks provoke
        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);
    }

    [Fact]
    public async Task Sigterm_stops_it_as_ctrl_c_does()
    {
        using var up = CliProcess.Start(["up", "--port", "0", "--json"], _folder.Path);
        var state = await WaitUntilUpAsync(up);
        await Eventually.TrueAsync("the addresses are written", () => Task.FromResult(up.Output.EndsWith('\n')), Cancellation);
        using var address = JsonDocument.Parse(up.Output);
        Assert.Equal(state.GetProperty("connectionString").GetString(), address.RootElement.GetProperty("connectionString").GetString());

        up.Signal("TERM");
        var result = await up.WaitAsync(Cancellation);
        Assert.True(result.ExitCode == 0, result.Error);
        await AssertStoppedAsync(state);
    }

    [Fact]
    public async Task With_a_key_only_who_sends_it_is_let_in()
    {
        using var up = CliProcess.Start(["up", "--port", "0", "--key", "a key"], _folder.Path);
        var state = await WaitUntilUpAsync(up);
        using var http = new HttpClient { BaseAddress = new Uri(state.GetProperty("address").GetString()!) };
        // anonymous
        await Eventually.TrueAsync("the model", async () => await StatusAsync("/health/ready") == HttpStatusCode.OK, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/info"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/info?code=another"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/info", header: "another"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/info?code=a%20key"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/info", header: "a key"));

        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);

        async Task<HttpStatusCode> StatusAsync(string path, string? header = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (header is not null)
            {
                request.Headers.Add("x-functions-key", header);
            }

            using var response = await http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
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

    private async Task CheckJobAsync(string id)
    {
        var list = await _folder.RunAsync("jobs").SucceedAsync();
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        using var all = JsonDocument.Parse((await _folder.RunAsync("jobs", "--json").SucceedAsync()).Output);
        Assert.Equal([id], all.RootElement.EnumerateArray().Select(job => job.GetProperty("job").GetString()));
        var one = await _folder.RunAsync("jobs", id).SucceedAsync();
        Assert.Contains("normalized, all dimensions, with text", one.Output, StringComparison.Ordinal);
        Assert.Contains("complete already", (await _folder.RunAsync("jobs", "cancel", id).SucceedAsync()).Output, StringComparison.Ordinal);
        Assert.Contains("complete already", (await _folder.RunAsync("jobs", "retry", id).SucceedAsync()).Output, StringComparison.Ordinal);

        var files = await _folder.RunAsync("jobs", "download", id, "-o", "fetched").SucceedAsync();
        var rows = await DuckDb.QueryAsync($"SELECT id FROM '{_folder[files.OutputLines()[0]]}'", Cancellation);
        Assert.Equal(["a", "c"], rows.Select(row => row[0]));
        Assert.True(File.Exists(_folder["fetched/errors/part-00000.jsonl"]));

        var absent = await _folder.RunAsync("jobs", "absent");
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("There is no job 'absent'", absent.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> WaitUntilUpAsync(CliProcess up)
    {
        var note = _folder[".simcse/up.json"];
        await Eventually.TrueAsync(
            "'simcse up' runs", () => Task.FromResult(File.Exists(note)), Cancellation);
        Assert.Contains("UNTRAINED", up.Error, StringComparison.Ordinal);
        return JsonDocument.Parse(await File.ReadAllTextAsync(note, Cancellation)).RootElement;
    }

    private async Task AssertStoppedAsync(JsonElement state)
    {
        Assert.False(File.Exists(_folder[".simcse/up.json"]));
        Assert.False(await AzuriteServer.AnswersAsync(state.GetProperty("connectionString").GetString()!, Cancellation));
        Assert.All(state.GetProperty("workers").EnumerateArray(), worker => Assert.False(IsRunning(worker.GetInt32())));
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
