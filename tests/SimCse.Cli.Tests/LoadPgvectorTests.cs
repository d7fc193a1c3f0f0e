using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>The real pgvector, and rows of real jobs.</summary>
public sealed class LoadPgvectorTests(StoredJobs jobs, PostgresServer postgres) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_source_is_replaced_as_a_whole_however_often_it_is_loaded()
    {
        await jobs.RunAsync("pg/a.txt", "猫が眠る。\n犬が走る。\n花が咲く。\n");
        await jobs.RunAsync("pg/b.jsonl", "{\"id\": \"同じ\", \"text\": \"鳥が\\u0000飛ぶ。\"}\n{\"id\": \"同じ\", \"text\": \"犬が走る。\"}\n");
        await LoadAsync("--source", "pg/", "--table", "loaded");
        await LoadAsync("--source", "pg/", "--table", "loaded");
        Assert.Equal([["3", "pg/a.txt"], ["2", "pg/b.jsonl"]], await CountAsync("loaded"));
        Assert.Equal([["鳥が\uFFFD飛ぶ。"]], await postgres.QueryAsync("SELECT text FROM loaded WHERE source = 'pg/b.jsonl' AND line = 1"));

        await jobs.RunAsync("pg/a.txt", "犬が走る。\n");
        await LoadAsync("--source", "pg/a.txt", "--table", "loaded");
        Assert.Equal([["1", "pg/a.txt"], ["2", "pg/b.jsonl"]], await CountAsync("loaded"));
        var nearest = await postgres.QueryAsync(
            "SELECT source, line::text FROM loaded " +
            "ORDER BY embedding <=> (SELECT embedding FROM loaded WHERE source = 'pg/a.txt'), source LIMIT 2");
        Assert.Equal([["pg/a.txt", "1"], ["pg/b.jsonl", "2"]], nearest);
    }

    [Fact]
    public async Task A_load_that_fails_leaves_what_was_there()
    {
        await WriteAsync("rows.jsonl", [1, 2, 3], [4, 5, 6]);
        await LoadAsync("rows.jsonl", "--table", "kept");
        await WriteAsync("rows.jsonl", [7, 8, 9]);
        await File.AppendAllTextAsync(_folder["rows.jsonl"], "{", TestContext.Current.CancellationToken);
        var failed = await TryAsync("rows.jsonl", "--table", "kept");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Line 2 of rows.jsonl", failed.Error, StringComparison.Ordinal);
        Assert.Equal([["2", "rows.jsonl"]], await CountAsync("kept"));

        await WriteAsync("rows.jsonl", [1, 2]);
        var other = await TryAsync("rows.jsonl", "--table", "kept");
        Assert.Contains("is vector(3); the vectors need vector(2)", other.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder["empty.jsonl"], "", TestContext.Current.CancellationToken);
        Assert.Contains(
            "empty.jsonl holds no rows; there is nothing to load.", (await TryAsync("empty.jsonl")).Error, StringComparison.Ordinal);
        await postgres.QueryAsync("CREATE TABLE less (source text, embedding vector)");
        var less = await TryAsync("rows.jsonl", "--table", "less");
        Assert.Contains("has no column \"id\"", less.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Passwort=geheim", "cannot be read")]
    [InlineData("mysql://me:geheim@db/x", "cannot be read")]
    [InlineData("postgresql://me:geheim@127.0.0.1:1/x", "does not answer (nothing listens there)")]
    public async Task No_message_shows_the_password(string database, string sentence)
    {
        await WriteAsync("rows.jsonl", [1, 2]);
        var result = await _folder.RunAsync("load", "pgvector", "rows.jsonl", "--to", database);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", result.Output + result.Error, StringComparison.Ordinal);
    }

    private async Task<CliResult> TryAsync(params string[] arguments) => await _folder.RunAsync(
        ["load", "pgvector", .. arguments, "--to", await postgres.AddressAsync(), "--connection", jobs.ConnectionString]);

    private Task<CliResult> LoadAsync(params string[] arguments) => TryAsync(arguments).SucceedAsync();

    private Task<List<string?[]>> CountAsync(string table) =>
        postgres.QueryAsync($"SELECT count(*)::text, source FROM {table} GROUP BY source ORDER BY source");

    private Task WriteAsync(string file, params float[][] vectors) => File.WriteAllLinesAsync(
        _folder[file], vectors.Select((embedding, i) => JsonSerializer.Serialize(new { id = i + 1, embedding })),
        TestContext.Current.CancellationToken);
}
