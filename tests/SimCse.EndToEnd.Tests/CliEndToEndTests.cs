using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>What a newcomer types, as processes of their own.</summary>
public sealed partial class CliEndToEndTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// In a terminal, whose last screen is the picture in README. After a change that is meant: <c>SIMCSE_UPDATE_SNAPSHOTS=1 dotnet test
    /// --project tests/SimCse.EndToEnd.Tests --filter-method "*The_demo*"</c>.
    /// </summary>
    [Fact]
    public async Task The_demo_shows_neighbours_and_leaves_parquet_behind_and_nothing_running()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A terminal of its own is made by the command 'script' of Linux; CI runs there.");
        const int Columns = 128;
        using var folder = new TemporaryFolder();

        var (exitCode, screen) = await TerminalScreen.RunAsync(["demo"], folder.Path, Columns, Cancellation);

        var output = string.Join('\n', screen.Lines);
        Assert.True(exitCode == 0, output);
        Assert.Contains("UNTRAINED", output, StringComparison.Ordinal);
        Assert.Contains("猫が窓辺で気持ちよさそうに昼寝をしている。", output, StringComparison.Ordinal);
        var parts = Directory.GetFiles(folder.Path, "part-*.parquet", SearchOption.AllDirectories);
        var rows = await DuckDb.QueryAsync(
            $"select count(*), count(distinct line), min(len(embedding)), max(len(embedding)) from '{Assert.Single(parts)}'", Cancellation);
        Assert.Equal([286L, 286L, 256L, 256L], rows[0]);
        var addresses = LoopbackAddress().Matches(output)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.True(addresses.Count >= 2, output); // Azurite's and the host's
        Assert.All(addresses, port => Assert.False(Answers(port), $"Something still listens on {port}."));
        await ComparePictureAsync(screen, Columns);
    }

    [Fact]
    public async Task Every_sentence_of_jsts_goes_through_submit_and_comes_back()
    {
        var jsts = SharedData.Require("data/jsts-train.json");
        using var folder = new TemporaryFolder();
        var texts = await WriteJsonLinesAsync(jsts, folder["jsts.jsonl"]);
        await using var app = await RunningApp.StartAsync();

        var submit = await CliProcess.RunAsync(
            ["submit", "jsts.jsonl", "--wait", "--json", "--no-text", "--connection", app.ConnectionString], folder.Path, Cancellation);

        Assert.True(submit.ExitCode == 0, submit.Output + submit.Error);
        using var status = JsonDocument.Parse(submit.Output);
        Assert.Equal("succeeded", status.RootElement.GetProperty("state").GetString());
        var job = (await app.Client.GetAsync(status.RootElement.GetProperty("job").GetString()!, Cancellation))!;
        Assert.Equal((24_902, 24_902L, 0L), (texts.Count, job.Rows, job.Errors));
        var rows = await app.QueryAsync(job, "select id, line, len(embedding) from parts order by line");
        Assert.Equal(texts, rows.Select(row => (string)row[0]!));
        Assert.Equal(Enumerable.Range(1, texts.Count).Select(line => (long)line), rows.Select(row => (long)row[1]!));
        Assert.All(rows, row => Assert.Equal(256L, row[2]));
    }

    /// <summary>What follows the table is a list of commands, too long for a picture.</summary>
    private static async Task ComparePictureAsync(TerminalScreen screen, int columns)
    {
        var file = Path.Combine(RepositoryRoot.Path, "docs", "demo.svg");
        var lines = screen.Cells.Take(screen.Lines.Index().First(line => line.Item == "Try:").Index - 1).ToList();
        var picture = TerminalPicture.Draw("dotnet run --project src/SimCse.Cli -- demo", lines, columns);
        if (Environment.GetEnvironmentVariable("SIMCSE_UPDATE_SNAPSHOTS") == "1")
        {
            await File.WriteAllTextAsync(file, picture, Cancellation);
        }

        Assert.Equal(TerminalPicture.Words(await File.ReadAllTextAsync(file, Cancellation)), TerminalPicture.Words(picture));
    }

    /// <summary>Both sentences of each pair, with ids of their own; properties that are none of our business stay in.</summary>
    private static async Task<List<string>> WriteJsonLinesAsync(string jsts, string path)
    {
        var ids = new List<string>();
        await using var writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (var (pair, line) in File.ReadLines(jsts).Select((line, pair) => (pair, line)))
        {
            using var json = JsonDocument.Parse(line);
            foreach (var name in (string[])["sentence1", "sentence2"])
            {
                ids.Add($"{pair}-{name}");
                await writer.WriteLineAsync(JsonSerializer.Serialize(
                    new
                    {
                        id = ids[^1],
                        text = json.RootElement.GetProperty(name).GetString(),
                        label = json.RootElement.GetProperty("label").GetDouble(),
                    }));
            }
        }

        return ids;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:(\d+)")]
    private static partial Regex LoopbackAddress();
}
