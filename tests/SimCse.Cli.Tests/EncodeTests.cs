using System.Text.Json;
using SimCse.Models;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class EncodeTests : IDisposable
{
    private const string Texts = "猫が眠る。\n\n犬が走る。\n猫が眠る。\n鳥が鳴く\n";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parquet_and_json_lines_hold_the_same_rows()
    {
        await _folder.WriteAsync("texts.txt", Texts);
        await _folder.RunAsync("encode", "texts.txt", "-o", "out.parquet").SucceedAsync();
        await _folder.RunAsync("encode", "texts.txt", "-o", "out.jsonl").SucceedAsync();

        var rows = await DuckDb.QueryAsync(
            $"SELECT id, line, text, tokens, truncated, embedding FROM '{_folder["out.parquet"]}'", Cancellation);
        var lines = (await File.ReadAllLinesAsync(_folder["out.jsonl"], Cancellation))
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(4, rows.Count);
        Assert.Equal(["1", "3", "4", "5"], rows.Select(row => row[0]));
        Assert.All(rows.Zip(lines), pair => AssertEqual(pair.First, pair.Second));
    }

    [Theory]
    [InlineData("tiny-simcse-ja")]
    [InlineData("tiny-simcse-ja-safetensors")]
    public async Task Vectors_are_those_of_the_reference_implementation(string name)
    {
        var fixture = new ModelFixture(name);
        var expected = fixture.ExpectedRows();
        ModelImporter.Import(fixture.Folder, _folder["bundle"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() });
        await _folder.WriteAsync(
            "texts.jsonl", string.Join('\n', expected.Select(text => JsonSerializer.Serialize(new { text = text.Text }))));

        var result = await _folder.RunAsync("encode", "texts.jsonl", "--model", "bundle").SucceedAsync();

        Assert.Equal(expected.Count, result.OutputLines().Count);
        Assert.All(expected.Zip(result.OutputLines()), pair =>
        {
            var vector = Vector(JsonDocument.Parse(pair.Second).RootElement);
            Assert.All(pair.First.Embedding.Zip(vector), components => Assert.Equal(components.First, components.Second, 1e-5f));
        });
    }

    [Fact]
    public async Task A_vector_that_is_no_number_ends_the_run_with_the_line_and_leaves_no_file()
    {
        BrokenModel.CreateBundle(_folder["bundle"], "犬");
        await _folder.WriteAsync("texts.txt", Texts);

        var result = await _folder.RunAsync("encode", "texts.txt", "--model", "bundle", "-o", "out.parquet");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(
            "Line 3: The model simcse-demo-untrained gave a vector that holds NaN or infinity", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "out*"));
    }

    [Fact]
    public async Task Options_of_the_vectors_are_honoured()
    {
        await _folder.RunWithInputAsync(Texts, "encode", "-o", "out.parquet", "--normalize", "--dimensions", "16", "--no-text")
            .SucceedAsync();
        var rows = await DuckDb.QueryAsync(
            $"SELECT len(embedding), list_inner_product(embedding, embedding) FROM '{_folder["out.parquet"]}'", Cancellation);
        Assert.All(rows, row => Assert.Equal(16L, row[0]));
        Assert.All(rows, row => Assert.Equal(1.0, Convert.ToDouble(row[1], System.Globalization.CultureInfo.InvariantCulture), 1e-5));
        var columns = await DuckDb.QueryAsync($"SELECT column_name FROM (DESCRIBE SELECT * FROM '{_folder["out.parquet"]}')", Cancellation);
        Assert.Equal(["id", "line", "tokens", "truncated", "embedding"], columns.Select(column => column[0]));
    }

    [Fact]
    public async Task Standard_input_gives_json_lines_on_standard_output_and_nothing_else_there()
    {
        var result = await _folder.RunWithInputAsync(Texts, "encode").SucceedAsync();
        Assert.Equal(4, result.OutputLines().Count);
        Assert.All(result.OutputLines(), line => Assert.Equal(256, Vector(JsonDocument.Parse(line).RootElement).Length));
        Assert.Contains("Encoded 4 texts", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_that_are_no_texts_go_to_a_file_of_their_own()
    {
        const string Bad = "{\"id\":7,\"sentence\":\"犬\"}";
        await _folder.WriteAsync("records.jsonl", $"{{\"text\":\"猫\"}}\n{Bad}\n\n");
        var result = await _folder.RunAsync("encode", "records.jsonl", "-o", "out.parquet", "--errors", "bad.jsonl").SucceedAsync();

        Assert.Equal(
            """{"line":2,"id":"7","reason":"The object has no property \"text\"; it has \"id\", \"sentence\"."}""" + "\n",
            await File.ReadAllTextAsync(_folder["bad.jsonl"], Cancellation));
        Assert.Contains("0 truncated, 1 line skipped", result.Error, StringComparison.Ordinal);

        // Nothing could be encoded: there is no output, but one sees why.
        await _folder.WriteAsync("bad.txt.jsonl", Bad);
        var failed = await _folder.RunAsync("encode", "bad.txt.jsonl", "-o", "none.parquet", "--errors", "all.jsonl");
        Assert.Equal((1, false, true), (failed.ExitCode, File.Exists(_folder["none.parquet"]), File.Exists(_folder["all.jsonl"])));
    }

    [Theory]
    [InlineData("", "standard input: The source is empty: 0 bytes of text. The output has no rows.")]
    [InlineData("\n \n", "standard input: The source holds 2 blank lines and no text. The output has no rows.")]
    public async Task A_source_without_texts_gives_a_file_without_rows(string content, string note)
    {
        var result = await _folder.RunWithInputAsync(content, "encode", "-o", "out.parquet", "--errors", "bad.jsonl").SucceedAsync();
        Assert.Contains(note, result.Error, StringComparison.Ordinal);
        Assert.Equal(
            [0L], Assert.Single(await DuckDb.QueryAsync($"SELECT count(embedding) FROM '{_folder["out.parquet"]}'", Cancellation)));
        Assert.Equal(0, new FileInfo(_folder["bad.jsonl"]).Length);
        Assert.Empty((await _folder.RunWithInputAsync(content, "encode").SucceedAsync()).OutputLines());
    }

    [Fact]
    public async Task Long_texts_are_split_on_request()
    {
        var text = string.Concat(Enumerable.Repeat($"{new string('猫', 60)}。", 3));
        var result = await _folder.RunWithInputAsync($"{text}\n犬😀\n", "encode", "--chunk-overlap", "0").SucceedAsync();
        var lines = result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([(1, 0, 0, 122), (1, 1, 122, 61), (2, 0, 0, 2)], lines.Select(line => (
            line.GetProperty("line").GetInt32(), line.GetProperty("chunk").GetInt32(), line.GetProperty("start").GetInt32(),
            line.GetProperty("length").GetInt32())));
        Assert.Equal($"{text}犬😀", string.Concat(lines.Select(line => line.GetProperty("text").GetString())));
        await _folder.RunWithInputAsync(
            $"{text}\n", "encode", "--chunk-overlap", "0", "-o", "out.parquet", "--vector-type", "float16").SucceedAsync();
        Assert.Equal(
            ["0:0:122", "1:122:61"],
            (await DuckDb.QueryAsync($"SELECT chunk || ':' || start || ':' || length FROM '{_folder["out.parquet"]}'", Cancellation))
                .Select(row => row[0]));
        Assert.Contains("Encoded 2 texts in 3 rows (191 tokens, 0.52 % of them [UNK]; 0 truncated", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_beyond_one_batch_come_out_once_each_and_in_order()
    {
        var input = string.Concat(Enumerable.Range(0, 9_000).Select(i => $"文{i % 50}\n"));
        await _folder.RunWithInputAsync(input, "encode", "-o", "out.parquet").SucceedAsync();
        var rows = await DuckDb.QueryAsync($"SELECT line, text FROM '{_folder["out.parquet"]}'", Cancellation);
        Assert.Equal(Enumerable.Range(1, 9_000).Select(line => (object?)(long)line), rows.Select(row => row[0]));
        Assert.Equal("文49", rows[8_999][1]);
    }

    [Fact]
    public async Task A_stopped_run_leaves_no_file_behind()
    {
        await _folder.WriteAsync("texts.txt", string.Concat(Enumerable.Range(0, 200_000).Select(i => $"これは{i}番目の、あまり短くない文章です。\n")));
        using var process = CliProcess.Start(["encode", "texts.txt", "-o", "out.parquet"], _folder.Path);
        await Eventually.TrueAsync(
            "the output has begun", () => Task.FromResult(File.Exists(_folder["out.parquet.partial"])), Cancellation);

        process.Interrupt();
        var result = await process.WaitAsync(Cancellation);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal([_folder["texts.txt"]], Directory.EnumerateFiles(_folder.Path));
        Assert.DoesNotContain("Error", result.Error, StringComparison.Ordinal);
    }

    private static void AssertEqual(object?[] row, JsonElement line)
    {
        Assert.Equal(line.GetProperty("id").GetString(), row[0]);
        Assert.Equal(line.GetProperty("line").GetInt64(), row[1]);
        Assert.Equal(line.GetProperty("text").GetString(), row[2]);
        Assert.Equal(line.GetProperty("tokens").GetInt32(), row[3]);
        Assert.Equal(line.GetProperty("truncated").GetBoolean(), row[4]);
        Assert.Equal(Vector(line), Assert.IsType<List<float>>(row[5]));
    }

    private static float[] Vector(JsonElement line) =>
        [.. line.GetProperty("embedding").EnumerateArray().Select(component => component.GetSingle())];
}
