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

    [Fact]
    public async Task The_demo_shows_neighbours_and_leaves_parquet_behind_and_nothing_running()
    {
        using var folder = new TemporaryFolder();

        var demo = await CliProcess.RunAsync(["demo"], folder.Path, Cancellation);

        Assert.True(demo.ExitCode == 0, demo.Output + demo.Error);
        Assert.Contains("UNTRAINED", demo.Output, StringComparison.Ordinal);
        Assert.Contains("猫が窓辺で気持ちよさそうに昼寝をしている。", demo.Output, StringComparison.Ordinal);
        var parts = Directory.GetFiles(folder.Path, "part-*.parquet", SearchOption.AllDirectories);
        var rows = await DuckDb.QueryAsync(
            $"select count(*), count(distinct line), min(len(embedding)), max(len(embedding)) from '{Assert.Single(parts)}'", Cancellation);
        Assert.Equal([286L, 286L, 256L, 256L], rows[0]);
        var addresses = LoopbackAddress().Matches(demo.Error)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.True(addresses.Count >= 2, demo.Error); // Azurite's and the host's; progress goes to standard error
        Assert.All(addresses, port => Assert.False(Answers(port), $"Something still listens on {port}."));
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
