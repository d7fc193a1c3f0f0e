using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>transformers' default has changed, so that a folder which names no dictionary may want either of two.</summary>
public sealed class UnnamedDictionaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_vocabulary_decides_and_both_figures_are_recorded()
    {
        var fixture = ModelFixture.Unnamed;

        var bundle = ModelImporter.Import(fixture.Folder, _folder["bundle"], new ImportOptions { FetchedDictionaries = Both() });

        Assert.Equal("ipadic", bundle.Manifest.DictionaryName);
        Assert.Matches(
            "^decided by the vocabulary: 98[.]9 % of its 1,257 words whole with ipadic, 92[.]7 % with unidic_lite$",
            bundle.Manifest.DictionaryFrom);
        using var encoder = SentenceEncoder.Load(bundle);
        // Debian has added the era of 2019 to IPADIC; the package of Python that cut these words has not.
        var expected = fixture.Expected().Where(text => !text.Text.Contains('㋿', StringComparison.Ordinal)).ToList();
        var encoded = await encoder.EncodeAsync(
            [.. expected.Select(text => text.Text)], cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(expected.Index(), text =>
        {
            Assert.Equal(text.Item.InputIds, encoder.Tokenizer.Tokenize(text.Item.Text).InputIds);
            Assert.All(text.Item.Embedding.Zip(encoded[text.Index].ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        });
    }

    [Fact]
    public void A_vocabulary_of_the_other_dictionary_decides_for_that()
    {
        Unname(ModelFixture.Unidic);

        var manifest = Import(Both()).Manifest;

        Assert.Equal("unidic_lite", manifest.DictionaryName);
        Assert.Matches(
            "^decided by the vocabulary: 98[.]2 % of its 722 words whole with unidic_lite, 95[.]4 % with ipadic$", manifest.DictionaryFrom);
    }

    /// <summary>ipadic leaves them whole in every vocabulary, and published ones have a thousand of them.</summary>
    [Fact]
    public void Beginnings_of_words_in_katakana_do_not_count()
    {
        Unname(ModelFixture.Unidic);
        var beginnings = new Queue<string>(
            from first in "アカサタナハマヤラワ" from second in "ァィゥェォャュョッー" select $"{first}{second}");
        Vocabulary((piece, _) => piece.StartsWith("##", StringComparison.Ordinal) && beginnings.TryDequeue(out var other) ? other : piece);

        Assert.Equal("unidic_lite", Import(Both()).Manifest.DictionaryName);
        Assert.Empty(beginnings);
    }

    [Fact]
    public void A_dictionary_that_is_given_is_taken_and_recorded()
    {
        Unname(ModelFixture.Unidic);

        var byName = Import(Both(), options => options with { DictionaryName = "ipadic" }).Manifest;
        var byFolder = Import(null, options => options with { DictionaryFolder = UnidicLite.Require() }).Manifest;

        Assert.Equal(("ipadic", "given"), (byName.DictionaryName, byName.DictionaryFrom));
        Assert.Equal((null, "given"), (byFolder.DictionaryName, byFolder.DictionaryFrom));
    }

    [Fact]
    public void A_dictionary_that_the_model_names_is_recorded_and_so_is_another_one_that_was_given()
    {
        var named = ModelImporter.Import(
            ModelFixture.Unidic.Folder, _folder["named"], new ImportOptions { FetchedDictionaries = Both() }).Manifest;
        ModelFixture.Unidic.CopyTo(_folder["model"]);
        var other = ModelImporter.Import(
            _folder["model"], _folder["other"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() }).Manifest;

        Assert.Equal(("unidic_lite", "named by the model"), (named.DictionaryName, named.DictionaryFrom));
        Assert.Equal(("ipadic", "given, although the model names unidic_lite"), (other.DictionaryName, other.DictionaryFrom));
    }

    [Fact]
    public void Pieces_that_are_characters_prove_nothing()
    {
        Unname(ModelFixture.Characters);

        Assert.Contains("it holds no piece of two or more characters", Refusal(Both()), StringComparison.Ordinal);
    }

    /// <summary>Words that both dictionaries know.</summary>
    [Fact]
    public void A_vocabulary_that_fits_both_proves_nothing_and_the_refusal_has_both_figures()
    {
        Unname(ModelFixture.Unnamed);
        Vocabulary((piece, id) => id < 5 || "東京 大阪 自転車 電車 食べ 飲み 猫 時間".Contains(piece, StringComparison.Ordinal) ? piece : $"##{id}");

        var refusal = Refusal(Both());

        Assert.Matches("cannot tell: [0-9.]+ % of its [0-9]+ words whole with ipadic, [0-9.]+ % with unidic_lite[.]", refusal);
        Assert.Contains("--dictionary ipadic or --dictionary unidic_lite", refusal, StringComparison.Ordinal);
    }

    /// <summary>Where neither dictionary leaves half whole, the vocabulary was made with another one, though one is ahead by far.</summary>
    [Fact]
    public void A_vocabulary_of_neither_proves_nothing()
    {
        Unname(ModelFixture.Unnamed);
        Vocabulary((piece, id) => id < 5 || id % 3 == 0 ? piece : $"あのを{id}を{id}");

        Assert.Matches("cannot tell: [1-4][0-9.]+ % of its [0-9,]+ words whole with ipadic", Refusal(Both()));
    }

    private void Vocabulary(Func<string, int, string> change)
    {
        var path = _folder["model/vocab.txt"];
        File.WriteAllLines(path, File.ReadAllLines(path).Select(change));
    }

    private static Dictionary<string, string> Both() =>
        new() { ["ipadic"] = DebianIpadic.Require(), ["unidic_lite"] = UnidicLite.Require() };

    private void Unname(ModelFixture fixture)
    {
        fixture.CopyTo(_folder["model"]);
        var path = _folder["model/tokenizer_config.json"];
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"mecab_dic\": \"unidic_lite\"", "", StringComparison.Ordinal));
    }

    private string Refusal(Dictionary<string, string>? dictionaries) =>
        Assert.Throws<NotSupportedException>(() => Import(dictionaries)).Message;

    private Bundle Import(Dictionary<string, string>? dictionaries, Func<ImportOptions, ImportOptions>? change = null)
    {
        var options = new ImportOptions { FetchedDictionaries = dictionaries };
        return ModelImporter.Import(_folder["model"], _folder["bundle"], change?.Invoke(options) ?? options);
    }
}
