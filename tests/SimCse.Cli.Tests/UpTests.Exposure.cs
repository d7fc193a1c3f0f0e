using System.Net;
using System.Text.Json;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed partial class UpTests
{
    [Fact]
    public async Task With_a_key_only_who_sends_it_is_let_in()
    {
        await _folder.WriteAsync("key.txt", "a key\n");
        using var up = CliProcess.Start(["up", "--port", "0", "--key-file", "key.txt"], _folder.Path);
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
        var result = await up.WaitAsync(Cancellation);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("a key", result.Output + result.Error, StringComparison.Ordinal); // nobody has asked for it

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

    /// <summary>Files that an older release has left open to others are closed, too.</summary>
    [Fact]
    public async Task Others_can_neither_read_nor_see_nor_steer_what_is_the_users_own()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("File modes and /proc, which this looks at, are Linux's; CI runs there.");
            return;
        }

        Directory.CreateDirectory(_folder[".simcse/azurite"], (UnixFileMode)0b111_101_101);
        foreach (var file in (string[])[".simcse/up.log", ".simcse/up.json", ".simcse/up.json.new"])
        {
            await _folder.WriteAsync(file, "{}");
            File.SetUnixFileMode(_folder[file], (UnixFileMode)0b110_100_100);
        }

        using var up = CliProcess.Start(
            ["up", "--port", "0", "--allow-origin", "http://localhost:3000"], _folder.Path,
            new Dictionary<string, string> { ["SIMCSE_KEY"] = "my-secret-key" });
        await Eventually.TrueAsync("it runs", () => Task.FromResult(up.Output.Contains("Ctrl-C", StringComparison.Ordinal)), Cancellation);
        var state = JsonDocument.Parse(await File.ReadAllTextAsync(_folder[".simcse/up.json"], Cancellation)).RootElement;

        // 1. Files.
        Assert.Equal(((UnixFileMode)0b110_000_000, (UnixFileMode)0b110_000_000), (Mode(".simcse/up.json"), Mode(".simcse/up.log")));
        Assert.Equal((UnixFileMode)0b111_000_000, Mode(".simcse/azurite"));

        // 2. Command lines: its own, the worker's and Azurite's.
        var connection = state.GetProperty("connectionString").GetString()!;
        var accountKey = connection.Split("AccountKey=")[1].Split(';')[0];
        var commandLines = CommandLines(up.ProcessId).ToList();
        Assert.Contains(commandLines, line => line.Contains("SimCse.Functions.dll", StringComparison.Ordinal));
        Assert.Contains(commandLines, line => line.Contains("azurite", StringComparison.OrdinalIgnoreCase));
        Assert.All(commandLines, line => Assert.DoesNotContain("my-secret-key", line, StringComparison.Ordinal));
        Assert.All(commandLines, line => Assert.DoesNotContain(accountKey, line, StringComparison.Ordinal));

        // 3. Output: the command that is shown to be copied takes the key from the environment.
        Assert.Contains("x-functions-key: $SIMCSE_KEY", up.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("my-secret-key", up.Output + up.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(accountKey, up.Output + up.Error, StringComparison.Ordinal);
        Assert.Contains("--show-key", up.Output, StringComparison.Ordinal);

        // 4. Requests.
        var port = new Uri(state.GetProperty("address").GetString()!).Port;
        Assert.StartsWith("HTTP/1.1 204 ", await PreflightAsync("http://localhost:3000"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await PreflightAsync("http://localhost:3001"), StringComparison.Ordinal);

        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);

        Task<string> PreflightAsync(string origin) => RawHttp.SendAsync(
            port, ["OPTIONS /embed HTTP/1.1", "Host: localhost", $"Origin: {origin}", "Access-Control-Request-Method: POST"], Cancellation);
    }

    [Fact]
    public async Task New_folders_are_closed_to_others_and_keys_are_shown_to_who_asks()
    {
        await using var azurite = await AzuriteServer.StartAsync(cancellationToken: Cancellation);
        await _folder.WriteAsync("connection.txt", azurite.ConnectionString);
        using var up = CliProcess.Start(
            ["up", "--port", "0", "--connection-file", "connection.txt", "--key", "given-key", "--show-key"], _folder.Path);
        await Eventually.TrueAsync("it runs", () => Task.FromResult(up.Output.Contains("Ctrl-C", StringComparison.Ordinal)), Cancellation);

        Assert.Contains(azurite.ConnectionString, up.Output, StringComparison.Ordinal);
        Assert.Contains("x-functions-key: given-key", up.Output, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal((UnixFileMode)0b111_000_000, Mode(".simcse"));
        }

        var jobs = await _folder.RunAsync("jobs", "--connection-file", "connection.txt").SucceedAsync();
        Assert.Contains("no jobs yet", jobs.Output, StringComparison.Ordinal);
        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);
    }
}
