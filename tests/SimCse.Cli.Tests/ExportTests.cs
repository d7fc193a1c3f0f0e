using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed partial class ExportTests(StoredJobs jobs, PostgresServer postgres) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rows_of_sources_in_storage_have_keys_that_Azure_AI_Search_takes()
    {
        await jobs.RunAsync("export/a.txt", "古い文。\n");
        var a = await jobs.RunAsync("export/a.txt", "猫が眠る。\n犬が走る。\n花が咲く。\n");
        await jobs.RunAsync("export/b.jsonl", "{\"id\": \"同じ\", \"text\": \"猫が眠る。\"}\n{\"id\": \"同じ\", \"text\": \"犬が走る。\"}\n");

        await ExportAsync("--source", "export/", "--key", "-o", "rows.jsonl");
        var rows = await ReadAsync("rows.jsonl");
        Assert.Equal(
            ["export/a.txt 1 1", "export/a.txt 2 2", "export/a.txt 3 3", "export/b.jsonl 同じ 1", "export/b.jsonl 同じ 2"],
            rows.Select(row => $"{row.GetProperty("source")} {row.GetProperty("id")} {row.GetProperty("line")}"));
        var keys = rows.ConvertAll(row => row.GetProperty("key").GetString()!);
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{32}$", key));
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal("犬が走る。", rows[4].GetProperty("text").GetString());
        Assert.Equal(Vector(rows[0]), Vector(rows[3]));

        var job = await ExportAsync("--job", a.Job, "--key", "--no-text", "-o", "-");
        var again = job.OutputLines().Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(keys[..3], again.Select(row => row.GetProperty("key").GetString()));
        Assert.All(again, row => Assert.False(row.TryGetProperty("text", out _)));
        var found = await _folder.RunAsync("similar", "花が咲く。", "--in", "rows.jsonl", "-k", "1", "--json").SucceedAsync();
        Assert.Contains("\"line\":3", found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kept_columns_and_chunks_go_along_with_their_types()
    {
        await jobs.RunAsync(
            "kept/a.jsonl",
            "{\"text\": \"猫が眠る。\", \"tag\": \"動物\", \"n\": 7, \"at\": \"2026-11-27T01:02:03Z\"}\n" +
            "{\"text\": \"犬が走る。\"}\n{\"text\": \"花が咲く。\", \"n\": -1}\n",
            new JobOptions { Keep = ColumnList.Of(["tag:string", "n:int64", "at:timestamp"]) });
        await jobs.RunAsync(
            "kept/b.txt", $"{string.Concat(Enumerable.Repeat("銀行の口座を開く。", 40))}\n", new JobOptions { ChunkOverlap = 0 });

        await ExportAsync("--source", "kept/", "-o", "rows.jsonl");
        var rows = await ReadAsync("rows.jsonl");
        Assert.Equal(
            ["動物 7 2026-11-27T01:02:03Z", "  ", " -1 "],
            rows.Take(3).Select(row => $"{row.GetProperty("tag")} {row.GetProperty("n")} {row.GetProperty("at")}"));
        Assert.Equal(JsonValueKind.Number, rows[0].GetProperty("n").ValueKind);
        Assert.True(rows.Count > 4, "a long text has several chunks");
        Assert.Equal(Enumerable.Range(0, rows.Count - 3), rows.Skip(3).Select(row => row.GetProperty("chunk").GetInt32()));
        Assert.Equal(9 * 40, rows.Skip(3).Sum(row => row.GetProperty("length").GetInt32()));

        await _folder.RunAsync(
            "load", "pgvector", "--source", "kept/", "--table", "kept_rows", "--to", await postgres.AddressAsync(), "--connection",
            jobs.ConnectionString).SucceedAsync();
        var loaded = await postgres.QueryAsync(
            "SELECT tag, n::text, extract(epoch FROM at)::bigint::text FROM kept_rows WHERE source = 'kept/a.jsonl' ORDER BY line");
        Assert.Equal([["動物", "7", "1795741323"], [null, null, null], [null, "-1", null]], loaded);
        Assert.Equal(
            [[$"{rows.Count - 3}", "1"]],
            await postgres.QueryAsync(
                "SELECT count(DISTINCT chunk)::text, count(DISTINCT line)::text FROM kept_rows WHERE source LIKE '%txt'"));
    }

    [Fact]
    public async Task Vectors_are_one_array_of_NumPy_with_their_rows_beside_it()
    {
        await WriteAsync("a.jsonl", [1.5f, -2, 3e-5f], [4, 5, 6]);
        await WriteAsync("b.jsonl", [7, 8, 9]);
        await File.WriteAllTextAsync(_folder["v.npy"], "old", Cancellation);

        await ExportAsync("a.jsonl", "b.jsonl", "-o", "v.npy");

        var bytes = await File.ReadAllBytesAsync(_folder["v.npy"], Cancellation);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        var data = 10 + BitConverter.ToUInt16(bytes, 8);
        Assert.Equal(0, data % 64);
        Assert.Matches(
            @"^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3, 3\), \} *\n$", Encoding.ASCII.GetString(bytes[10..data]));
        Assert.Equal([1.5f, -2, 3e-5f, 4, 5, 6, 7, 8, 9], MemoryMarshal.Cast<byte, float>(bytes.AsSpan(data)).ToArray());
        var rows = await ReadAsync("v.rows.jsonl");
        Assert.Equal(["a.jsonl 1", "a.jsonl 2", "b.jsonl 1"], rows.Select(row => $"{row.GetProperty("source")} {row.GetProperty("id")}"));
        Assert.All(rows, row => Assert.False(row.TryGetProperty("embedding", out _)));
    }

    [Fact]
    public async Task PostgreSQL_copies_the_binary_file_into_the_table_that_is_named()
    {
        await WriteAsync("a.jsonl", [1.5f, -2, 3e-5f], [4, 5, 6]);
        await ExportAsync("a.jsonl", "-o", "-", "--as", "jsonl");
        var said = await ExportAsync("a.jsonl", "-o", "rows.pgcopy");

        var statements = SqlPattern().Match(said.Error);
        await postgres.QueryAsync("CREATE EXTENSION IF NOT EXISTS vector");
        await postgres.QueryAsync(statements.Groups["create"].Value.Replace("\"embeddings\"", "exported", StringComparison.Ordinal));
        await postgres.CopyAsync(
            statements.Groups["copy"].Value.Replace("\"embeddings\"", "exported", StringComparison.Ordinal), _folder["rows.pgcopy"]);
        var rows = await postgres.QueryAsync("SELECT source, id, line::text, text, embedding::text FROM exported ORDER BY line");
        Assert.Equal([["a.jsonl", "1", "1", "文1", "[1.5,-2,3e-05]"], ["a.jsonl", "2", "2", "文2", "[4,5,6]"]], rows);
    }

    [Theory]
    [InlineData("expected a name that ends in .jsonl, .npy or .pgcopy", "a.jsonl", "-o", "rows.csv")]
    [InlineData("needs a file whose name ends in .npy", "a.jsonl", "-o", "-", "--as", "npy")]
    [InlineData("The folder", "a.jsonl", "-o", "nowhere/rows.npy")]
    [InlineData("expected one length", "a.jsonl", "two.jsonl", "-o", "rows.npy")]
    [InlineData("Line 2 of broken.jsonl", "a.jsonl", "broken.jsonl", "-o", "rows.npy")]
    [InlineData("Line 2 of broken.jsonl", "a.jsonl", "broken.jsonl", "-o", "rows.pgcopy")]
    [InlineData("There is no file or folder 'absent'", "absent", "-o", "rows.jsonl")]
    public async Task What_cannot_be_exported_leaves_no_file(string sentence, params string[] arguments)
    {
        await WriteAsync("a.jsonl", [1, 2, 3]);
        await WriteAsync("two.jsonl", [1, 2]);
        await WriteAsync("broken.jsonl", [1, 2, 3]);
        await File.AppendAllTextAsync(_folder["broken.jsonl"], "{\"id\"", Cancellation);

        var refused = await _folder.RunAsync(["export", .. arguments]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["a.jsonl", "broken.jsonl", "two.jsonl"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order()!);
    }

    private static float[] Vector(JsonElement row) =>
        [.. row.GetProperty("embedding").EnumerateArray().Select(component => component.GetSingle())];

    private Task<CliResult> ExportAsync(params string[] arguments) =>
        _folder.RunAsync(["export", .. arguments, "--connection", jobs.ConnectionString]).SucceedAsync();

    private Task WriteAsync(string file, params float[][] vectors) => File.WriteAllLinesAsync(
        _folder[file],
        vectors.Select((embedding, i) => JsonSerializer.Serialize(new { id = i + 1, line = i + 1, text = $"文{i + 1}", embedding })),
        Cancellation);

    private async Task<List<JsonElement>> ReadAsync(string file) =>
        [.. (await File.ReadAllLinesAsync(_folder[file], Cancellation)).Select(line => JsonDocument.Parse(line).RootElement)];

    [GeneratedRegex(@"Made for: (?<create>CREATE TABLE .*?); (?<copy>COPY .*)")]
    private static partial Regex SqlPattern();
}
