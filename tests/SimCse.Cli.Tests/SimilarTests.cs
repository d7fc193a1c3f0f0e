using System.Text.Json;
using SimCse.Models;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class SimilarTests : IDisposable
{
    private const string Texts = "猫が眠る。\n犬が走る。\n銀行の口座を開く。\n明日は雨が降るらしい。\n";

    private readonly TemporaryFolder _folder = new();

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

    private async Task EncodeAsync() => await _folder
        .RunWithInputAsync(Texts, "encode", "-o", "texts.parquet").SucceedAsync();

    private async Task<List<JsonElement>> SearchAsync(string query, params string[] options) =>
        Parse(await _folder.RunAsync(["similar", query, "--in", "texts.parquet", "--json", .. options]).SucceedAsync());

    private static List<JsonElement> Parse(CliResult result) =>
        [.. result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement)];
}
