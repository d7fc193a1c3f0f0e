using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>Prompts, from config_sentence_transformers.json to vectors, against plain loops in double precision.</summary>
public sealed class PromptTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private const string Query = "あい", Document = "う";
    private const string Prompts =
        $$"""{"prompts": {"query": "{{Query}}", "document": "{{Document}}", "": ""}, "default_prompt_name": null}""";

    private readonly TinyModel _model = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("cls", true)]
    [InlineData("mean", true)]
    [InlineData("mean", false)]
    [InlineData("max", false)]
    [InlineData("mean_sqrt_len_tokens", false)]
    public async Task Go_before_texts_and_are_pooled_or_not_as_the_model_says(string pooling, bool included)
    {
        using var encoder = Load(pooling, included);
        string[] texts = ["え", "", "えおかきえお", "あいうえおかきあいうえお"]; // with the query's prompt, the model reads the third just whole

        Assert.Equal(!included, encoder.Bundle.Manifest.PoolsWithoutPrompt);
        foreach (var (name, prompt) in new[] { ("query", Query), ("document", Document), ("", ""), (null, "") })
        {
            var encoded = await encoder.EncodeAsync(texts, new EncodeOptions { PromptName = name }, Cancellation);

            Assert.Equal(texts.Select(text => Ids(prompt + text).Length), encoded.Tokens);
            Assert.Equal([false, false, (prompt + texts[2]).Length > 8, true], encoded.Truncated);
            Assert.All(texts.Index(), text => AssertNear(Expected(pooling, included, prompt, text.Item), encoded[text.Index]));
        }
    }

    /// <summary>The prompt alone fills the model: what is left is [SEP], as in sentence-transformers.</summary>
    [Fact]
    public async Task That_fill_the_model_leave_nothing_of_the_text()
    {
        using var encoder = Load("mean", included: false);
        var prompt = new string('か', 12);

        var encoded = await encoder.EncodeAsync(["え", "おき"], new EncodeOptions { Prompt = prompt }, Cancellation);

        Assert.Equal((10, true), (encoded.Tokens[1], encoded.Truncated[1]));
        AssertNear(Expected("mean", included: false, prompt, "え"), encoded[0]);
        AssertNear(Expected("mean", included: false, prompt, "おき"), encoded[1]);
    }

    [Fact]
    public async Task That_differ_share_a_batch()
    {
        var (batches, mayRun) = (0, new ManualResetEventSlim());
        using var encoder = Load("mean", included: false, new SentenceEncoderOptions
        {
            Lanes = 1,
            BeforeBatch = () =>
            {
                batches++;
                mayRun.Wait(Cancellation);
            },
        });

        var first = encoder.EncodeAsync(["えおかきえ"], cancellationToken: Cancellation); // holds the lane
        await Eventually.TrueAsync("the lane to be held", () => Task.FromResult(batches == 1), Cancellation);
        (string? Name, string Prompt, string Text)[] texts = [("query", Query, "お"), ("document", Document, "えお"), (null, "", "えおか")];
        var options = new EncodeOptions { Priority = EncodePriority.Interactive };
        var calls = texts.Select(
            text => encoder.EncodeAsync([text.Text], options with { PromptName = text.Name }, Cancellation)).ToList();
        try
        {
            await Eventually.TrueAsync("three texts to wait", () => Task.FromResult(encoder.WaitingTexts == 3), Cancellation);
        }
        finally
        {
            mayRun.Set();
        }

        var encoded = await Task.WhenAll(calls.Prepend(first));

        Assert.Equal(2, batches);
        Assert.All(texts.Zip(encoded.Skip(1)), pair => AssertNear(
            Expected("mean", included: false, pair.First.Prompt, pair.First.Text), pair.Second[0]));
    }

    [Fact]
    public async Task A_default_goes_before_every_text_unless_it_is_switched_off()
    {
        using var encoder = Load("mean", included: true, prompts: Prompts.Replace("null", "\"query\"", StringComparison.Ordinal));
        var options = new EncodeOptions { PromptName = "document" };

        Assert.Equal(5, (await encoder.EncodeAsync(["え"], cancellationToken: Cancellation)).Tokens[0]);
        Assert.Equal(4, (await encoder.EncodeAsync(["え"], options, Cancellation)).Tokens[0]);
        Assert.Equal(3, (await encoder.EncodeAsync(["え"], new EncodeOptions { Prompt = "" }, Cancellation)).Tokens[0]);
        Assert.Equal(3, (await encoder.EncodeIdsAsync([[2, 8, 3]], cancellationToken: Cancellation)).Tokens[0]);
        Assert.Equal([1, 3], encoder.CountUnknown(["ん", "んんん"], cancellationToken: Cancellation));
        Assert.Equal([3], encoder.CountUnknown(["ん"], new EncodeOptions { Prompt = "んん" }, Cancellation));
        using var generator = new SentenceEmbeddingGenerator(encoder, options);
        Assert.Equal(4, (await generator.GenerateAsync(["え"], cancellationToken: Cancellation)).Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task That_do_not_fit_are_refused()
    {
        using var encoder = Load("mean", included: true);

        Assert.Contains(
            "no prompt named 'passage'; expected one of 'query', 'document', ''", await RefusalAsync(new() { PromptName = "passage" }));
        Assert.Contains("Both a prompt and the name of one", await RefusalAsync(new() { PromptName = "query", Prompt = "い" }));
        foreach (var options in new EncodeOptions[] { new() { Prompt = "い" }, new() { PromptName = "query" } })
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(() => encoder.EncodeIdsAsync([[2, 3]], options, Cancellation));
            Assert.Contains("prompt is given with ids", error.Message, StringComparison.Ordinal);
        }

        async Task<string> RefusalAsync(EncodeOptions options) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => encoder.EncodeAsync(["え"], options, Cancellation))).Message;
    }

    /// <summary>sentence-transformers divides a sum of zeros by 1e-9, and has -∞ for the largest of nothing.</summary>
    [Theory]
    [InlineData("mean", 0f)]
    [InlineData("mean_sqrt_len_tokens", 0f)]
    [InlineData("max", float.NegativeInfinity)]
    public void Of_more_positions_than_there_are_leave_nothing_to_pool(string pooling, float expected)
    {
        _model.PoolingJson = Pooling(pooling, included: false);
        _model.Modules.RemoveAt(2);
        using var graph = new RawGraph(_model.Save().Folder);

        var vectors = graph.Run([[2, 8, 3], [2, 9, 3]], promptLengths: [7, 1]);

        Assert.All(vectors[0], component => Assert.Equal(expected, component));
        Assert.All(vectors[1], component => Assert.True(float.IsFinite(component) && component != 0));
    }

    [Theory]
    [InlineData("""{"prompts": {"query": "q: ", "": ""}, "default_prompt_name": "query"}""", "query=q: |=", "query")]
    [InlineData("""{"prompts": {"": "", "t": " t "}, "default_prompt_name": ""}""", "=|t= t ", "")]
    [InlineData("""{"prompts": {}, "default_prompt_name": null, "similarity_fn_name": "cosine"}""", null, null)]
    [InlineData("""{"__version__": {"sentence_transformers": "2.0.0"}}""", null, null)]
    [InlineData("""{"prompts": null}""", null, null)]
    [InlineData(null, null, null)]
    public void Are_part_of_the_bundle(string? config, string? prompts, string? defaultName)
    {
        using var encoder = Load("mean", included: true, prompts: config);

        var manifest = Bundle.Open(encoder.Bundle.Folder).Manifest;
        Assert.Equal(
            (prompts, defaultName),
            (manifest.Prompts is { } named ? string.Join('|', named.Select(prompt => $"{prompt.Key}={prompt.Value}")) : null,
                manifest.DefaultPromptName));
    }

    [Theory]
    [InlineData("""{"prompts": {"query": "q: "}, "default_prompt_name": "doc"}""", "default_prompt_name is 'doc', and prompts has 'query'")]
    [InlineData("""{"default_prompt_name": "query"}""", "default_prompt_name is 'query', and prompts has none")]
    [InlineData("""{"prompts": {"query": null}}""", "the prompt 'query' is null")]
    [InlineData("""{"prompts": {"query": ["q: "]}}""", "$.prompts.query")]
    [InlineData("""{"prompts": ["q: "]}""", "$.prompts")]
    [InlineData("""{"prompts": {"query": "q: "}, "default_prompt_name": 1}""", "$.default_prompt_name")]
    public void That_are_not_readable_are_refused_with_the_file(string config, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load("mean", included: true, prompts: config));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("config_sentence_transformers.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cannot_be_left_out_of_a_pooling_by_cls() => Assert.Contains(
        "include_prompt false with pooling by cls is not supported",
        Assert.Throws<NotSupportedException>(() => Load("cls", included: false)).Message, StringComparison.Ordinal);

    private static string Pooling(string mode, bool included) =>
        $$"""{"embedding_dimension": 8, "pooling_mode": "{{mode}}", "include_prompt": {{(included ? "true" : "false")}}}""";

    private SentenceEncoder Load(string pooling, bool included, SentenceEncoderOptions? options = null, string? prompts = Prompts)
    {
        _model.PoolingJson = Pooling(pooling, included);
        _model.Save();
        if (prompts is not null)
        {
            File.WriteAllText(Path.Combine(_model.Folder, "config_sentence_transformers.json"), prompts);
        }

        return SentenceEncoder.Load(ModelImporter.Import(_model.Folder, _folder["bundle"]), options);
    }

    /// <summary>[CLS], the characters that fit, [SEP].</summary>
    private static int[] Ids(string text) =>
        [2, .. text.Take(8).Select(character => 5 + "あいうえおかき".IndexOf(character, StringComparison.Ordinal)), 3];

    private double[] Expected(string pooling, bool included, string prompt, string text)
    {
        var state = new PlainBert(_model).LastHiddenState(Ids(prompt + text), PlainBert.Gelu);
        double[][] pooled = [.. state.Skip(included || prompt.Length == 0 ? 0 : Ids(prompt).Length - 1)];
        return PlainBert.Dense(
            _model,
            [
                .. Enumerable.Range(0, TinyModel.Hidden).Select(i => pooled.Select(row => row[i])).Select(column => pooling switch
                {
                    "cls" => column.First(),
                    "mean" => column.Average(),
                    "max" => column.Max(),
                    _ => column.Sum() / Math.Sqrt(pooled.Length),
                }),
            ],
            Math.Tanh);
    }

    private static void AssertNear(double[] expected, ReadOnlyMemory<float> actual) =>
        Assert.All(expected.Zip(actual.ToArray()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
}
