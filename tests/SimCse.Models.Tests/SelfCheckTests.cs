using System.Text.Json.Nodes;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

public sealed class SelfCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expected_results_in_the_folder_are_compared_and_the_figures_recorded()
    {
        var fixture = ModelFixture.PyTorch;

        var bundle = ModelImporter.Import(
            fixture.Folder, _folder["bundle"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() });

        var check = Bundle.Open(bundle.Folder).Manifest.SelfCheck!;
        Assert.Equal(("expected.jsonl", fixture.Expected().Count, 0, 0), (check.File, check.Rows, check.Skipped, check.OtherIds));
        Assert.InRange(check.LargestDifference, 0, 1e-5);
        Assert.InRange(check.LowestCosine, 1 - 1e-6, 1 + 1e-6);
    }

    [Fact]
    public void The_record_is_no_part_of_the_fingerprint()
    {
        using var model = new TinyModel().Save();
        var without = ModelImporter.Import(model.Folder, _folder["without"]);

        var with = Import(model, """{"text": "あい", "input_ids": [2, 5, 6, 3]}""");

        Assert.Null(without.Manifest.SelfCheck);
        Assert.Equal((1, 1.0), (with.Manifest.SelfCheck!.Rows, with.Manifest.SelfCheck.LowestCosine));
        Assert.Equal(without.Model.Fingerprint, with.Model.Fingerprint);
    }

    /// <summary>Debian has added the era of 2019 to IPADIC, so that one row of 121 has other ids than the model gave.</summary>
    [Fact]
    public void Another_edition_of_the_dictionary_is_counted_where_nobody_asked_and_refused_where_somebody_did()
    {
        var fixture = ModelFixture.Unnamed;
        var options = new ImportOptions { DictionaryFolder = DebianIpadic.Require() };
        var expect = options with { ExpectFile = Path.Combine(fixture.Folder, "expected.jsonl") };

        var found = ModelImporter.Import(fixture.Folder, _folder["found"], options).Manifest.SelfCheck!;
        var error = Assert.Throws<InvalidDataException>(() => ModelImporter.Import(fixture.Folder, _folder["asked"], expect));
        var allowed = ModelImporter.Import(fixture.Folder, _folder["allowed"], expect with { AllowDifference = true }).Manifest.SelfCheck!;

        Assert.Equal((121, 1), (found.Rows, found.OtherIds));
        Assert.InRange(found.LargestDifference, 0, 1e-5);
        Assert.Contains("1 of 121 rows of ", error.Message, StringComparison.Ordinal);
        Assert.Contains("㋿", error.Message, StringComparison.Ordinal);
        Assert.Equal(found, allowed);
    }

    [Fact]
    public void The_wrong_dictionary_is_refused_with_the_first_row_and_both_ids()
    {
        var fixture = ModelFixture.Unnamed;

        var error = Assert.Throws<InvalidDataException>(() => ModelImporter.Import(
            fixture.Folder, _folder["bundle"], new ImportOptions { DictionaryFolder = UnidicLite.Require() }));

        Assert.Matches(
            @"^[0-9]+ of 121 rows of .*expected\.jsonl have other ids here\. .*, line [0-9]+ \('.+'\): the ids are \[.+\]; expected \[.+\]",
            error.Message);
        Assert.False(Directory.Exists(_folder["bundle"]));
    }

    [Theory]
    [InlineData("""{"text": "あい", "input_ids": [2, 5, 7, 3]}""", "line 1 ('あい'): the ids are [2 5 6 3]; expected [2 5 7 3].")]
    [InlineData("""{"text": "あい", "tokens": ["あ"]}""", "the pieces are [あ い]; expected [あ].")]
    [InlineData("""{"text": "あい", "truncated": true}""", "1 of 1 rows of ")]
    [InlineData("""{"text": "あい", "embedding": [0, 0, 0, 0, 0, 0]}""", "The vectors differ from those of ")]
    [InlineData("""{"text": "あい", "embedding": [0, 0]}""", "gives a vector of 2 components; the bundle's have 6")]
    [InlineData("""{"input_ids": [2, 3]}""", "line 1 is not what is expected, JSON lines of text")]
    [InlineData("nonsense", "line 1 is not what is expected, JSON lines of text")]
    [InlineData("", "holds no rows")]
    public void What_differs_is_refused(string rows, string message)
    {
        using var model = new TinyModel().Save();

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Import(model, rows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_of_vectors_may_be_allowed_and_its_size_is_recorded()
    {
        using var model = new TinyModel().Save();
        const string row = """{"text": "あい", "embedding": [2, 2, 2, 2, 2, 2]}""";

        var check = Import(model, row, options => options with { AllowDifference = true }).Manifest.SelfCheck!;

        Assert.InRange(check.LargestDifference, 1, 3);
    }

    [Fact]
    public void Rows_with_a_prompt_are_counted_where_the_bundle_has_none()
    {
        using var model = new TinyModel().Save();

        var check = Import(model, """
            {"text": "あ", "prompt_name": "query", "input_ids": [2, 9, 5, 3]}
            {"text": "あ", "input_ids": [2, 5, 3]}
            """).Manifest.SelfCheck!;

        Assert.Equal((1, 1), (check.Rows, check.Skipped));
    }

    [Fact]
    public void A_bundle_of_an_earlier_version_has_no_such_records_and_opens()
    {
        using var model = new TinyModel().Save();
        var bundle = Import(model, """{"text": "あ", "input_ids": [2, 5, 3]}""");
        var path = Path.Combine(bundle.Folder, BundleManifest.FileName);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Assert.True(json.Remove("selfCheck") && json.Remove("limitFrom"));
        File.WriteAllText(path, json.ToJsonString());

        var manifest = Bundle.Open(bundle.Folder).Manifest;

        Assert.Equal((null, null), (manifest.SelfCheck, manifest.LimitFrom));
    }

    [Theory]
    [InlineData("""{"max_seq_length": 8}""", "1e30", "max_seq_length of sentence_bert_config.json")]
    [InlineData("{}", "9", "model_max_length of tokenizer_config.json")]
    [InlineData("{}", "1e30", "max_position_embeddings of config.json")]
    public void It_is_recorded_where_the_limit_comes_from(string sentence, string modelMaxLength, string expected)
    {
        using var model = new TinyModel().Save();
        File.WriteAllText(Path.Combine(model.Folder, "sentence_bert_config.json"), sentence);
        File.WriteAllText(
            Path.Combine(model.Folder, "tokenizer_config.json"),
            $$"""{"word_tokenizer_type": "basic", "subword_tokenizer_type": "character", "model_max_length": {{modelMaxLength}}}""");

        Assert.Equal(expected, ModelImporter.Import(model.Folder, _folder["bundle"]).Manifest.LimitFrom);
    }

    [Theory]
    [InlineData("sentences = [\"This is\", 'each'] # x", "This is", "each")]
    [InlineData("sentences = [\n    'It\\'s',\n    \"\\u3042\\n\",\n]\n", "It's", "あ\n")]
    [InlineData("my_sentences_x = ['a']\n")]
    [InlineData("sentences = [first, second]")]
    public void The_example_of_a_card_is_read(string code, params string[] expected)
    {
        File.WriteAllText(_folder["README.md"], $"---\nlicense: mit\n---\n# A\n```python\n{code}\n```\n");

        Assert.Equal(expected, ModelCard.Sentences(_folder.Path));
    }

    private Bundle Import(TinyModel model, string rows, Func<ImportOptions, ImportOptions>? change = null)
    {
        File.WriteAllText(_folder["rows.jsonl"], rows);
        var options = new ImportOptions { ExpectFile = _folder["rows.jsonl"] };
        return ModelImporter.Import(model.Folder, _folder["bundle"], change?.Invoke(options) ?? options);
    }
}
