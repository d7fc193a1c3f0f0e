using System.Text.Json;
using SimCse.Models;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class SimilarTests : IDisposable
{
    private const string Texts = "猫が眠る。\n犬が走る。\n銀行の口座を開く。\n明日は雨が降るらしい。\n";

    /// <summary>The vectors of <see cref="Texts"/>, encoded once.</summary>
    private static readonly Lazy<Task<byte[]>> Encoded = new(async () =>
    {
        using var folder = new TemporaryFolder();
        await folder.RunWithInputAsync(Texts, "encode", "-o", "texts.parquet").SucceedAsync();
        return await File.ReadAllBytesAsync(folder["texts.parquet"], Cancellation);
    });

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_text_itself_is_nearest()
    {
        await EncodeAsync();
        var rows = await SearchAsync("犬が走る。", "-k", "2");
        Assert.Equal(2, rows.Count);
        Assert.Equal("犬が走る。", rows[0].GetProperty("text").GetString());
        Assert.Equal(2, rows[0].GetProperty("line").GetInt64());
        Assert.Equal(1f, rows[0].GetProperty("score").GetSingle(), 1e-4f);
        Assert.True(rows[1].GetProperty("score").GetSingle() <= rows[0].GetProperty("score").GetSingle());
    }

    [Fact]
    public async Task Around_the_mean_scores_spread()
    {
        await EncodeAsync();
        var plain = await SearchAsync("犬が走る。");
        var centred = await SearchAsync("犬が走る。", "--center");
        Assert.Equal(1f, centred[0].GetProperty("score").GetSingle(), 1e-4f);
        Assert.True(centred[^1].GetProperty("score").GetSingle() < 0, "below the mean there are rows on the other side");
        Assert.True(plain[^1].GetProperty("score").GetSingle() > 0.9f, "around the origin all vectors of the demo model point one way");
    }

    [Fact]
    public async Task A_folder_is_searched_and_vectors_that_were_cut_are_compared_as_far_as_they_go()
    {
        Directory.CreateDirectory(_folder["parts"]);
        await _folder.RunWithInputAsync("猫が眠る。\n", "encode", "-o", "parts/a.parquet", "--dimensions", "32").SucceedAsync();
        await _folder.RunWithInputAsync("犬が走る。\n", "encode", "-o", "parts/b.parquet", "--no-text").SucceedAsync();
        var rows = Parse(await _folder.RunAsync("similar", "猫が眠る。", "--in", "parts", "--json").SucceedAsync());
        Assert.Equal(["parts/a.parquet", "parts/b.parquet"], rows.Select(row => row.GetProperty("file").GetString()));
        Assert.False(rows[1].TryGetProperty("text", out _));
    }

    [Theory]
    [InlineData("float16")]
    [InlineData("int8")]
    [InlineData("uint8")]
    [InlineData("binary")]
    public async Task Vectors_of_every_type_are_searched(string type)
    {
        await _folder.RunWithInputAsync(Texts, "encode", "-o", "texts.parquet", "--vector-type", type).SucceedAsync();

        var rows = await SearchAsync("犬が走る。", "-k", "1");

        Assert.Equal("犬が走る。", rows[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Types_that_an_output_cannot_hold_are_refused()
    {
        var lines = await _folder.RunWithInputAsync(Texts, "encode", "--vector-type", "int8");
        Assert.Equal(1, lines.ExitCode);
        Assert.Contains("--vector-type int8 needs an --output that ends in .parquet", lines.Error, StringComparison.Ordinal);

        var bits = await _folder.RunWithInputAsync(
            Texts, "encode", "-o", "texts.parquet", "--vector-type", "binary", "--dimensions", "12");
        Assert.Equal(1, bits.ExitCode);
        Assert.Contains("12 components; the vector type binary", bits.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Vectors_of_another_model_are_refused_unless_asked_for()
    {
        await EncodeAsync();
        ModelImporter.Import(ModelFixture.PyTorch.Folder, _folder["bundle"]);
        await _folder.RunWithInputAsync("猫が眠る。\n", "encode", "-o", "small.parquet", "--model", "bundle").SucceedAsync();

        var refused = await _folder.RunAsync("similar", "猫", "--in", "small.parquet");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("holds vectors of the model", refused.Error, StringComparison.Ordinal);
        await _folder.RunAsync("similar", "猫", "--in", "small.parquet", "--any-model").SucceedAsync();
        var mixed = await _folder.RunAsync("similar", "猫", "--in", "texts.parquet", "small.parquet");
        Assert.Equal(1, mixed.ExitCode);
        Assert.Contains("those of different models cannot be compared", mixed.Error, StringComparison.Ordinal);

        var tooFew = await _folder.RunAsync("similar", "猫", "--in", "texts.parquet", "--model", "bundle", "--any-model");
        Assert.Equal(1, tooFew.ExitCode);
        Assert.Contains("256 components", tooFew.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Piped_tables_have_neither_frames_nor_colours()
    {
        await EncodeAsync();
        var result = await _folder.RunAsync("similar", "猫", "--in", "texts.parquet").SucceedAsync();
        Assert.Equal(5, result.OutputLines().Count);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.DoesNotContain('│', result.Output);
    }

    [Fact]
    public async Task Many_queries_come_from_a_file_and_rows_from_the_jsonl_of_encode()
    {
        await EncodeAsync();
        await _folder.RunWithInputAsync(Texts, "encode", "-o", "rows.jsonl").SucceedAsync();
        await _folder.WriteAsync("queries.jsonl", "{\"id\": \"q1\", \"text\": \"銀行の口座を開く。\"}\nbad\n{\"text\": \"猫が眠る。\"}\n");

        var result = await _folder.RunAsync(
            "similar", "犬が走る。", "--queries", "queries.jsonl", "--in", "rows.jsonl", "-k", "1", "--json").SucceedAsync();

        var rows = Parse(result);
        Assert.Equal(["犬が走る。", "銀行の口座を開く。", "猫が眠る。"], rows.Select(row => row.GetProperty("query").GetString()));
        Assert.All(rows, row => Assert.Equal(row.GetProperty("query").GetString(), row.GetProperty("text").GetString()));
        Assert.All(rows, row => Assert.Equal(1f, row.GetProperty("score").GetSingle(), 1e-4f));
        Assert.Equal("q1", rows[1].GetProperty("queryId").GetString());
        Assert.Contains("line 2 is skipped", result.Error, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl does not say which model made its vectors", result.Error, StringComparison.Ordinal);
        var table = await _folder.RunAsync("similar", "犬が走る。", "猫が眠る。", "--in", "rows.jsonl", "texts.parquet", "-k", "2").SucceedAsync();
        var lines = table.OutputLines();
        Assert.Equal(["query", "cosine", "source", "line", "id", "text"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["犬が走る。", "猫が眠る。"], lines.Where(line => line[0] != ' ').Skip(1).Select(line => line.Split(' ')[0]));

        var texts = await _folder.RunAsync("similar", "猫", "--in", "queries.jsonl");
        Assert.Equal(1, texts.ExitCode);
        Assert.Contains("Line 1 of queries.jsonl holds no \"embedding\"", texts.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_come_from_standard_input_where_a_dash_stands()
    {
        await EncodeAsync();
        string[] search = ["similar", "-", "銀行の口座を開く。", "--in", "texts.parquet", "-k", "1", "--json"];
        var rows = Parse(await _folder.RunWithInputAsync("猫が眠る。\n\n犬が走る。\n", search).SucceedAsync());
        Assert.Equal(["銀行の口座を開く。", "猫が眠る。", "犬が走る。"], rows.Select(row => row.GetProperty("text").GetString()));
        var twice = await _folder.RunAsync("similar", "-", "--queries", "-", "--in", "texts.parquet");
        Assert.Equal(2, twice.ExitCode);
    }

    [Theory]
    [InlineData("DOUBLE[]", "")]
    [InlineData("FLOAT[256]", "")]
    [InlineData("FLOAT[]", ", [1.5::FLOAT] AS other")]
    public async Task Files_that_others_wrote_are_searched_with_a_warning(string type, string more)
    {
        await EncodeAsync();
        await DuckDb.QueryAsync(
            $"COPY (SELECT (line * 10)::INT AS id, text, (CASE WHEN line = 2 THEN NULL ELSE embedding END)::{type} AS vector{more} " +
            $"FROM '{_folder["texts.parquet"]}' ORDER BY line) TO '{_folder["others.parquet"]}'", Cancellation);
        string[] column = more.Length > 0 ? ["--vector-column", "vector"] : [];

        var found = await _folder.RunAsync(["similar", "銀行の口座を開く。", "--in", "others.parquet", "--json", .. column]).SucceedAsync();
        var rows = Parse(found);
        Assert.Equal(3, rows.Count);
        Assert.Equal("30 3 銀行の口座を開く。", $"{rows[0].GetProperty("id")} {rows[0].GetProperty("line")} {rows[0].GetProperty("text")}");
        Assert.Equal(1f, rows[0].GetProperty("score").GetSingle(), 1e-4f);
        Assert.Contains(
            "others.parquet does not say which model made its vectors, which cannot be checked", found.Error, StringComparison.Ordinal);
        Assert.Contains("others.parquet: 1 row without a vector left out", found.Error, StringComparison.Ordinal);
        if (more.Length > 0)
        {
            var several = await _folder.RunAsync("similar", "猫", "--in", "others.parquet");
            Assert.Contains("several columns with lists of floats: vector, other", several.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Vectors_of_others_need_a_model_of_their_dimension()
    {
        await DuckDb.QueryAsync($"COPY (SELECT [1, 2, 3]::FLOAT[] AS v) TO '{_folder["three.parquet"]}'", Cancellation);
        await DuckDb.QueryAsync($"COPY (SELECT 1 AS v) TO '{_folder["none.parquet"]}'", Cancellation);
        await DuckDb.QueryAsync(
            $"COPY (SELECT unnest([[1, 2], [3]])::FLOAT[] AS v) TO '{_folder["ragged.parquet"]}'", Cancellation);
        await RefusedAsync("three.parquet holds vectors of 3 components and does not say of which model", "three.parquet");
        await RefusedAsync("none.parquet has no column with lists of floats", "none.parquet");
        await RefusedAsync("Row 2 of ragged.parquet has a vector of 1 components; those before have 2", "ragged.parquet", "--any-model");
    }

    private async Task RefusedAsync(string sentence, params string[] files)
    {
        var refused = await _folder.RunAsync(["similar", "猫", "--in", .. files]);
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
    }

    private async Task EncodeAsync() => await File.WriteAllBytesAsync(_folder["texts.parquet"], await Encoded.Value, Cancellation);

    private async Task<List<JsonElement>> SearchAsync(string query, params string[] options) =>
        Parse(await _folder.RunAsync(["similar", query, "--in", "texts.parquet", "--json", .. options]).SucceedAsync());

    private static List<JsonElement> Parse(CliResult result) =>
        [.. result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement)];
}
