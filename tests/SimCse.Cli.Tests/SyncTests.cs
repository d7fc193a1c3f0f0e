using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Cli.Storage;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed partial class SyncTests(StoredJobs jobs) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Only_what_is_new_is_fetched_and_the_view_holds_the_newest_versions_only()
    {
        var first = await jobs.RunAsync("sync/a.txt", "猫が眠る。\n犬が走る。\n花が咲く。\n");
        await jobs.RunAsync("sync/b/c.jsonl", "{\"text\": \"雨が降る。\"}\nnot json\n", new JobOptions { IncludeText = false });

        var begun = await SyncAsync("sync/");
        Assert.Equal(2, begun.OutputLines().Count);
        Assert.Contains($"sync/a.txt: 3 rows → out/sync/a.txt/{first.Job}", begun.Output, StringComparison.Ordinal);
        Assert.Contains("2 sources fetched.", begun.Error, StringComparison.Ordinal);
        Assert.Contains("sync/b/c.jsonl: 1 of 2 texts could not be encoded", begun.Error, StringComparison.Ordinal);
        var same = await SyncAsync("sync/");
        Assert.Empty(same.Output);
        Assert.Contains("Nothing is new, 2 sources up to date.", same.Error, StringComparison.Ordinal);

        var second = await jobs.RunAsync("sync/a.txt", "鳥が飛ぶ。\n");
        var changed = await SyncAsync("sync/");
        Assert.Contains("1 source fetched, 1 source up to date.", changed.Error, StringComparison.Ordinal);
        Assert.Contains($"1 older version stays: out/sync/a.txt/{first.Job}. The view", changed.Error, StringComparison.Ordinal);
        Assert.Equal(5L, (await DuckDb.QueryAsync($"SELECT count(*) FROM '{_folder["out"]}/**/*.parquet'", Cancellation))[0][0]);
        Assert.Equal(
            [("sync/a.txt", 1L, "鳥が飛ぶ。"), ("sync/b/c.jsonl", 1L, null)],
            (await QueryNextAsync(changed)).Select(row => ((string?)row[0], (long?)row[1], (string?)row[2])));

        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", "parquet.md"), Cancellation);
        var search = page[page.IndexOf("WITH wanted", StringComparison.Ordinal)..].Split("```")[0]
            .Replace("'texts.txt' AND line = 5", "'sync/a.txt' AND line = 1", StringComparison.Ordinal);
        var view = await File.ReadAllTextAsync(_folder["out/_latest.sql"], Cancellation);
        var nearest = (await DuckDb.QueryAsync(view + search, Cancellation))[0];
        Assert.Equal("鳥が飛ぶ。", nearest[2]);
        Assert.Equal(1, Convert.ToDouble(nearest[3], CultureInfo.InvariantCulture), 1e-5);

        await _folder.WriteAsync($"out/sync/a.txt/{first.Job}/notes.txt", "mine");
        var cleaned = await SyncAsync("sync/", "--delete-old");
        Assert.Contains("1 older version deleted.", cleaned.Error, StringComparison.Ordinal);
        string[] left = [$"{first.Job}/notes.txt", $"{second.Job}/_SUCCESS", $"{second.Job}/part-00000.parquet"];
        Assert.Equal(left.Order(StringComparer.Ordinal), DownloadTests.Files(_folder["out/sync/a.txt"]));
        Assert.Equal(2L, (await DuckDb.QueryAsync($"SELECT count(*) FROM '{_folder["out"]}/**/*.parquet'", Cancellation))[0][0]);
    }

    [Fact]
    public async Task Strange_names_and_folders_keep_their_sources_apart()
    {
        var @long = string.Concat(Enumerable.Repeat("長い名", 60));
        string[] sources = ["odd/a.txt", "odd//a.txt", "odd/x*[1]?.txt", "odd/100%.txt", $"odd/{@long}.txt"];
        foreach (var source in sources)
        {
            await jobs.RunAsync(source, $"{source}\n");
        }

        Directory.CreateDirectory(_folder["a 'b' [c]*"]);
        var result = await _folder.RunAsync(
            "sync", "odd/", "-o", "a 'b' [c]*/out", "--connection", jobs.ConnectionString).SucceedAsync();

        var rows = await QueryNextAsync(result);
        Assert.Equal(sources.Order(StringComparer.Ordinal), rows.Select(row => (string)row[0]!).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(row[0], row[2]));
    }

    [Fact]
    public async Task A_source_that_cannot_be_fetched_does_not_keep_others_back()
    {
        var broken = await jobs.RunAsync("part/a.txt", "猫が眠る。\n");
        await jobs.RunAsync("part/b.txt", "犬が走る。\n");
        await jobs.Client.Storage.Embeddings.DeleteBlobAsync(
            StorageNames.Part(broken.Source, broken.Job, 0), cancellationToken: Cancellation);
        await _folder.WriteAsync("file", "x");

        var result = await _folder.RunAsync("sync", "part/", "-o", "out", "--connection", jobs.ConnectionString);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("part/b.txt: 1 row →", Assert.Single(result.OutputLines()), StringComparison.Ordinal);
        Assert.Contains("Error: part/a.txt: embeddings/part/a.txt/", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 source fetched, 1 source failed.", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out/_latest/part/a.txt.json"]));
        Assert.Single(await QueryNextAsync(result));

        var file = await _folder.RunAsync("sync", "part/b.txt", "-o", "file", "--connection", jobs.ConnectionString);
        Assert.Equal(1, file.ExitCode);
        Assert.True(file.Error.Contains("something with this name", StringComparison.Ordinal), file.Error);
    }

    [Fact]
    public async Task Sources_shows_what_is_current_and_what_became_so_since_a_time()
    {
        await jobs.RunAsync("current/a.txt", "猫が眠る。\n");
        var newer = await jobs.RunAsync("current/a.txt", "猫が眠る。\n犬が走る。\n");

        var line = JsonElement.Parse(Assert.Single((await RunAsync("sources", "current/", "--json").SucceedAsync()).OutputLines()));
        Assert.Equal(
            ("current/a.txt", newer.Job, 2, $"embeddings/current/a.txt/{newer.Job}/"),
            (line.GetProperty("source").GetString(), line.GetProperty("job").GetString(), line.GetProperty("texts").GetInt32(),
                line.GetProperty("path").GetString()));
        Assert.Contains(newer.Job, (await RunAsync("sources", "current/a.txt").SucceedAsync()).Output, StringComparison.Ordinal);
        var since = await RunAsync("sources", "current/", "--since", "2999-01-01").SucceedAsync();
        Assert.Contains("No source has results here since then.", since.Error, StringComparison.Ordinal);
        Assert.Contains("expected a time such as", (await RunAsync("sources", "--since", "soon")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_longer_in_storage_is_named_and_kept()
    {
        var gone = await jobs.RunAsync("gone/a.txt", "猫が眠る。\n");
        await jobs.RunAsync("gone/b.txt", "犬が走る。\n");
        await SyncAsync("gone/");
        await jobs.Client.Storage.Embeddings.DeleteBlobAsync(StorageNames.Latest(gone.Source), cancellationToken: Cancellation);

        var result = await SyncAsync("gone/", "--delete-old");

        Assert.Contains("1 source is here and no longer in storage: out/gone/a.txt.", result.Error, StringComparison.Ordinal);
        Assert.Contains($"gone/a.txt/{gone.Job}/_SUCCESS", DownloadTests.Files(_folder["out"]));
    }

    [Fact]
    public async Task Download_latest_fetches_one_source_or_all_below_a_prefix()
    {
        await jobs.RunAsync("newest/a.txt", "猫が眠る。\n");
        var newest = await jobs.RunAsync("newest/a.txt", "鳥が飛ぶ。\n");
        await jobs.RunAsync("newest/a.txt.jsonl", "{\"text\": \"雨が降る。\"}\n");

        await RunAsync("jobs", "download", "--latest", "newest/a.txt", "-o", "one").SucceedAsync();
        var folder = $"newest/a.txt/{newest.Job}";
        string[] files = ["_latest.sql", "_latest/newest/a.txt.json", $"{folder}/_SUCCESS", $"{folder}/part-00000.parquet"];
        Assert.Equal(files.Order(StringComparer.Ordinal), DownloadTests.Files(_folder["one"]));
        var all = await RunAsync("jobs", "download", "--latest", "newest/").SucceedAsync();
        Assert.Equal(["鳥が飛ぶ。", "雨が降る。"], (await QueryNextAsync(all)).Select(row => row[2]));
    }

    [Fact]
    public void The_page_about_parts_shows_the_macro_as_it_is()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "parquet.md"));
        var statement = LatestView.Macro[LatestView.Macro.IndexOf("CREATE", StringComparison.Ordinal)..];
        Assert.Contains(statement, page, StringComparison.Ordinal);
    }

    private Task<CliResult> RunAsync(params string[] arguments) =>
        _folder.RunAsync([.. arguments, "--connection", jobs.ConnectionString]);

    private Task<CliResult> SyncAsync(params string[] arguments) => RunAsync(["sync", .. arguments, "-o", "out"]).SucceedAsync();

    /// <summary>Does in DuckDB what the command that is shown last would do in its program.</summary>
    private async Task<List<object?[]>> QueryNextAsync(CliResult result)
    {
        var next = NextQuery().Match(result.Error);
        var file = next.Groups[1].Value.Trim('"');
        return await DuckDb.QueryAsync(
            $"{await File.ReadAllTextAsync(_folder[file], Cancellation)}\n{next.Groups[2].Value}", Cancellation);
    }

    [GeneratedRegex("""Next: duckdb -init (".+"|\S+) -c "(.*)"$""", RegexOptions.Multiline)]
    private static partial Regex NextQuery();
}
