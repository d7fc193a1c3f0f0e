using System.Security.Cryptography;
using SimCse.Inference;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests;

public sealed class DemoModelTests
{
    /// <summary>On every machine, in every run. A change of it changes every job id of a demo: change it only on purpose.</summary>
    private const string PinnedFingerprint = "2eef9005ff16179f9f875bf51038c11415a040855ce4f6a7780642f1f6fc2a1d";

    private const string PinnedWeights = "15e4d827b3bfe546fb1f0bf91475a0f2f182223e1af474dcc96e34178eba3d8f";

    [Fact]
    public async Task Encodes_texts_through_the_same_import_as_any_other_and_says_that_it_is_untrained()
    {
        using var folder = new TemporaryFolder();
        var bundle = DemoModel.CreateBundle(folder["bundle"]);
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle.Folder));

        var vectors = await encoder.EncodeAsync(["今日は良い天気です。", "今日は天気が良いです。", "株価が下がった。", "今日は良い天気です。"],
            new EncodeOptions { Normalize = true }, TestContext.Current.CancellationToken);

        Assert.Equal((4, 256), (vectors.Count, vectors.Dimension));
        Assert.True(bundle.Model.Untrained);
        Assert.Contains("untrained", bundle.Model.Name, StringComparison.Ordinal);
        Assert.True(Dot(0, 1) > Dot(0, 2));
        Assert.Equal(1, Dot(0, 3), 1e-5);

        float Dot(int a, int b) => System.Numerics.Tensors.TensorPrimitives.Dot(vectors[a].Span, vectors[b].Span);
    }

    [Fact]
    public void Is_the_same_to_the_byte_in_every_run_and_on_every_machine()
    {
        using var folder = new TemporaryFolder();
        DemoModel.Write(folder["model"]);
        var bundle = DemoModel.CreateBundle(folder["bundle"]);
        var again = DemoModel.CreateBundle(folder["again"]);

        Assert.Equal(
            PinnedWeights,
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder["model"], "model.safetensors")))));
        Assert.Equal(PinnedFingerprint, bundle.Model.Fingerprint);
        Assert.Equal(
            File.ReadAllText(Path.Combine(bundle.Folder, "bundle.json")), File.ReadAllText(Path.Combine(again.Folder, "bundle.json")));
    }

    [Fact]
    public void Is_the_folder_that_sentence_transformers_would_save()
    {
        using var folder = new TemporaryFolder();
        DemoModel.Write(folder.Path);

        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.Path, file).Replace('\\', '/'));

        Assert.Equal(
            [
                "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "config.json", "model.safetensors",
                "modules.json",
                "sentence_bert_config.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.txt",
            ],
            files.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ひらがなカタカナ漢字ABCabc012、。「」ー・")]
    [InlineData("ＡＢＣ１２３！？ｱｲｳ")]
    [InlineData("㐀䶿一鿿々〆ヶㇰ")]
    public void Knows_every_character_of_everyday_texts(string text)
    {
        using var folder = new TemporaryFolder();
        DemoModel.Write(folder.Path);

        Assert.DoesNotContain("[UNK]", Tokenization.SentenceTokenizer.Load(folder.Path).Tokenize(text).Tokens);
    }

    [Fact]
    public void Draws_its_weights_from_a_normal_distribution_of_deviation_0_02()
    {
        var values = new SeededNormal(1).Next(200_000);
        var mean = values.Average(x => (double)x);
        var deviation = Math.Sqrt(values.Average(x => (x - mean) * (x - mean)));

        Assert.Equal(0, mean, 2e-4);
        Assert.Equal(0.02, deviation, 2e-4);
        Assert.Equal(0.683, values.Count(x => Math.Abs(x) < 0.02f) / (double)values.Length, 5e-3);
        Assert.Equal(0.954, values.Count(x => Math.Abs(x) < 0.04f) / (double)values.Length, 5e-3);
    }
}
