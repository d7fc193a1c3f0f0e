using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>Model folders as PyTorch saves them, from texts to vectors: import, MeCab, WordPiece, batches, graph.</summary>
public sealed class PublishedFormTests
{
    private const float Tolerance = 1e-5f;

    public static TheoryData<ModelFixture> Fixtures =>
    [
        ModelFixture.PyTorch, ModelFixture.Safetensors, ModelFixture.Unidic, ModelFixture.IncludePromptFalse, ModelFixture.Characters,
        ModelFixture.MiniLM,
    ];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Gives_the_ids_and_vectors_of_transformers_and_PyTorch(ModelFixture fixture)
    {
        using var folder = new TemporaryFolder();
        var bundle = Import(fixture, folder["bundle"]);
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle.Folder));
        var expected = fixture.Expected();

        await Task.WhenAll(expected.GroupBy(text => text.PromptName).Select(async group =>
        {
            var texts = group.ToList();
            var vectors = await encoder.EncodeAsync(
                [.. texts.Select(text => text.Text)], new EncodeOptions { PromptName = group.Key },
                TestContext.Current.CancellationToken);
            for (var i = 0; i < texts.Count; i++)
            {
                Assert.Equal(texts[i].InputIds, encoder.Tokenizer.Tokenize(fixture.Prompt(texts[i]) + texts[i].Text).InputIds);
                Assert.Equal((texts[i].InputIds.Length, texts[i].Truncated), (vectors.Tokens[i], vectors.Truncated[i]));
                Assert.All(texts[i].Embedding.Zip(vectors[i].ToArray()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
            }
        }));
    }

    /// <summary>The quantiser runs the graph, too, and random weights may lose more than its limit.</summary>
    [Theory]
    [InlineData(Precision.Float16)]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int8Stable)]
    public async Task Leaves_the_prompt_out_of_the_pooling_in_any_precision(Precision precision)
    {
        using var folder = new TemporaryFolder();
        var fixture = ModelFixture.IncludePromptFalse;
        using var encoder = SentenceEncoder.Load(ModelImporter.Import(fixture.Folder, folder["bundle"], new ImportOptions
        {
            DictionaryFolder = UnidicLite.Require(),
            Precision = precision,
            AllowLowQuality = true,
        }));
        var expected = fixture.Expected().Where(text => text.PromptName is not null && text.InputIds.Length > 12).ToList();

        var vectors = await encoder.EncodeAsync(
            [.. expected.Select(text => text.Text)], new EncodeOptions { PromptName = expected[0].PromptName },
            TestContext.Current.CancellationToken);

        Assert.All(expected.Index(), text => Assert.InRange(
            TensorPrimitives.CosineSimilarity(text.Item.Embedding, vectors[text.Index].Span), 0.99f, 1.00001f));
    }

    /// <summary>1e30 is how "no limit" is published. With max_seq_length the files name the limit themselves.</summary>
    [Theory]
    [InlineData("""{"max_seq_length": null, "do_lower_case": false}""", "1000000000000000019884624838656", 128)]
    [InlineData(null, "1000000000000000019884624838656", 128)]
    [InlineData(null, null, 128)]
    [InlineData(null, "512", 128)]
    [InlineData(null, "64", 64)]
    [InlineData("""{"max_seq_length": 32}""", "64", 32)]
    public async Task Reads_texts_up_to_the_lower_of_its_positions_and_model_max_length(string? sentence, string? maxLength, int expected)
    {
        using var folder = new TemporaryFolder();
        ModelFixture.PyTorch.CopyTo(folder["model"]);
        var limit = maxLength is null ? "" : $""", "model_max_length": {maxLength}""";
        File.WriteAllText(
            folder["model/tokenizer_config.json"], $$"""{"word_tokenizer_type": "mecab", "mecab_kwargs": {"mecab_dic": "ipadic"}{{limit}}}""");
        File.Delete(folder["model/sentence_bert_config.json"]);
        if (sentence is not null)
        {
            File.WriteAllText(folder["model/sentence_bert_config.json"], sentence);
        }

        var bundle = ModelImporter.Import(
            folder["model"], folder["bundle"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() });

        Assert.Equal(expected, bundle.Model.MaxSequenceLength);
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle.Folder));
        Assert.Equal(expected, encoder.Tokenizer.MaxSequenceLength);
        var encoded = await encoder.EncodeAsync([new string('猫', 1000)], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((expected, true), (encoded.Tokens[0], encoded.Truncated[0]));
    }

    /// <summary>What would be imported without a word gives other ids or other vectors.</summary>
    [Theory]
    [InlineData("fixtures/tiny-xlmr-unigram", "model_type 'xlm-roberta'; expected 'bert'")]
    [InlineData("fixtures/tiny-static", "modules.json lists StaticEmbedding; expected a Transformer, then Pooling")]
    public void What_is_not_reproduced_is_refused_by_name(string model, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = SharedData.Require(model);

        var error = Assert.Throws<NotSupportedException>(() => ModelImporter.Import(
            path, folder["bundle"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Carries_its_dictionary_along_and_makes_it_part_of_the_fingerprint()
    {
        using var folder = new TemporaryFolder();
        var bundle = Import(ModelFixture.Safetensors, folder["bundle"]);
        File.AppendAllText(Path.Combine(bundle.Folder, "dictionary", "sys.dic"), "x");

        Assert.Equal("dictionary", bundle.Manifest.Dictionary);
        Assert.All(["dictionary/sys.dic", "dictionary/matrix.bin"], file => Assert.Contains(file, bundle.Manifest.Files.Keys));
        Assert.NotEqual(bundle.Model.Fingerprint, Bundle.Seal(bundle.Folder, bundle.Manifest).Model.Fingerprint);
        using var encoder = SentenceEncoder.Load(Import(ModelFixture.Safetensors, folder["again"]));
        Assert.Equal(folder[Path.Combine("again", "dictionary")], encoder.Tokenizer.DictionaryFolder);
    }

    [Fact]
    public void Is_refused_where_its_dictionary_is_not_what_was_named()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<DirectoryNotFoundException>(() => ModelImporter.Import(
            ModelFixture.PyTorch.Folder, folder["bundle"], new ImportOptions { DictionaryFolder = folder["nowhere"] }));

        Assert.Contains(folder["nowhere"], error.Message, StringComparison.Ordinal);
    }

    private static Bundle Import(ModelFixture fixture, string bundleFolder)
    {
        var dictionary = fixture.IsShared ? UnidicLite.Require() : DebianIpadic.Require();
        return ModelImporter.Import(fixture.Folder, bundleFolder, new ImportOptions { DictionaryFolder = dictionary });
    }
}
