using System.Text.Json;
using SimCse.Jobs.Parts;
using SimCse.Models;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>A small model with prompts, without a default.</summary>
public sealed class PromptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PromptTests()
    {
        RandomModel.Write(
            _folder["model"], new RandomModelOptions { Name = "small", Layers = 1, Hidden = 32, Heads = 2, Intermediate = 64 });
        File.WriteAllText(_folder["model/config_sentence_transformers.json"], """{"prompts": {"query": "質問: ", "document": "文書: "}}""");
        ModelImporter.Import(_folder["model"], _folder["bundle"]);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Encode_puts_one_before_each_text_and_the_footer_says_so()
    {
        var result = await RunAsync("猫が眠る。\n", "encode", "-o", "named.parquet", "--prompt-name", "document").SucceedAsync();
        await RunAsync("猫が眠る。\n", "encode", "-o", "given.parquet", "--prompt", "文書: ", "--chunk").SucceedAsync();
        var nothing = await RunAsync("文書: 猫が眠る。\n", "encode", "-o", "joined.parquet", "--prompt", "").SucceedAsync();
        var undecided = await RunAsync("猫が眠る。\n", "encode").SucceedAsync();

        var (named, ofNamed) = await ReadAsync("named.parquet");
        var (given, ofGiven) = await ReadAsync("given.parquet");
        var (joined, ofJoined) = await ReadAsync("joined.parquet");
        Assert.Equal(("文書: ", "document"), (ofNamed.Prompt, ofNamed.PromptName));
        Assert.Equal(("文書: ", null), (ofGiven.Prompt, ofGiven.PromptName));
        Assert.Equal((null, null), (ofJoined.Prompt, ofJoined.PromptName));
        Assert.Equal(joined, named);
        Assert.Equal(joined, given);
        Assert.Contains("'文書: ', the model's prompt 'document'", result.Error, StringComparison.Ordinal);
        Assert.Contains("although the model knows 'query', 'document'", undecided.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the model knows", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Similar_takes_that_for_queries_unless_another_is_named()
    {
        await RunAsync("猫が眠る。\n犬が走る。\n銀行の口座を開く。\n", "encode", "-o", "texts.parquet", "--prompt-name", "document").SucceedAsync();

        string[] search = ["similar", "猫が眠る。", "--in", "texts.parquet", "-k", "1", "--json", "--center"];
        var asQuery = await RunAsync("", search).SucceedAsync();
        var asDocument = await RunAsync("", [.. search, "--prompt-name", "document"]).SucceedAsync();
        var asItIs = await RunAsync("", [.. search, "--prompt", ""]).SucceedAsync();

        Assert.Contains("Before each text goes '質問: ', the model's prompt 'query'.", asQuery.Error, StringComparison.Ordinal);
        Assert.True(Score(asQuery) < 0.999f, "with another prompt it is not the same text");
        Assert.Equal(1f, Score(asDocument), 1e-4f);
        Assert.Contains("texts.parquet holds rows with the prompt '文書: '", asItIs.Error, StringComparison.Ordinal);

        static float Score(CliResult result) => JsonDocument.Parse(result.OutputLines()[0]).RootElement.GetProperty("score").GetSingle();
    }

    [Fact]
    public async Task Tokenize_shows_the_two_together()
    {
        var named = Parse(await RunAsync("猫\n", "tokenize", "--prompt-name", "query").SucceedAsync());
        var joined = Parse(await RunAsync("質問: 猫\n", "tokenize").SucceedAsync());

        Assert.Equal(("質問: ", "猫"), (named.GetProperty("prompt").GetString(), named.GetProperty("text").GetString()));
        Assert.Equal(joined.GetProperty("input_ids").ToString(), named.GetProperty("input_ids").ToString());
        Assert.False(joined.TryGetProperty("prompt", out _));

        static JsonElement Parse(CliResult result) => JsonDocument.Parse(result.OutputLines()[0]).RootElement;
    }

    [Theory]
    [InlineData(1, "no prompt named 'passage'; expected one of 'query', 'document'", "--prompt-name", "passage")]
    [InlineData(2, "--prompt and --prompt-name are both given", "--prompt-name", "query", "--prompt", "")]
    public async Task A_prompt_that_the_model_lacks_or_two_of_them_are_refused(int exitCode, string sentence, params string[] options)
    {
        var refused = await RunAsync("猫\n", ["encode", .. options]);

        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, refused.ExitCode);
    }

    private Task<CliResult> RunAsync(string input, params string[] arguments) =>
        _folder.RunWithInputAsync(input, [.. arguments, "--model", "bundle"]);

    private async Task<(float[] Vectors, PartMetadata Metadata)> ReadAsync(string file)
    {
        await using var stream = File.OpenRead(_folder[file]);
        await using var part = await PartReader.OpenAsync(stream, file, Cancellation);
        var rows = await part.ReadAsync(Cancellation).ToListAsync(Cancellation);
        return ([.. rows.SelectMany(group => group.Encoded.Vectors)], part.Metadata);
    }
}
