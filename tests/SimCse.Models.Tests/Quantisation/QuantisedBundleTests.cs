using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>One small model, imported in each precision.</summary>
public sealed class QuantisedBundleTests : IDisposable
{
    /// <summary>Small enough to be quick; what a model of this width loses is more than what a base model does.</summary>
    private static readonly ImportOptions Lenient = new() { MinCosine = 0.99, MinSpearman = 0.98 };

    private readonly TemporaryFolder _folder = new();

    public QuantisedBundleTests() =>
        RandomModel.Write(_folder["model"], new RandomModelOptions { Layers = 2, Hidden = 128, Vocabulary = 0 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Vectors_stay_close_to_float32_and_the_manifest_says_how_close()
    {
        var exact = await EncodeAsync(Import("fp32", new ImportOptions()));
        var bundle = Import("int8", Lenient with { Precision = Precision.Int8 });
        var rough = await EncodeAsync(bundle);

        Assert.Equal(Precision.Int8, Bundle.Open(bundle.Folder).Model.Precision);
        Assert.Equal(
            (10, 2, "built-in Japanese sentences"),
            (bundle.Manifest.Quality!.FixedScaleMatrices, bundle.Manifest.Quality.TokenScaleMatrices, bundle.Manifest.Quality.Sentences));
        Assert.InRange(bundle.Manifest.Quality!.Cosine, 0.99, 1);
        Assert.InRange(bundle.Manifest.Quality.Spearman, 0.98, 1);
        Assert.Empty(bundle.Manifest.Quality.Float32Matrices);
        for (var i = 0; i < exact.Count; i++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity(exact[i].Span, rough[i].Span), 0.99f, 1.00001f);
            Assert.NotEqual(exact[i].ToArray(), rough[i].ToArray());
        }
    }

    [Fact]
    public async Task In_int16_vectors_are_nearly_those_of_float32_and_the_same_in_any_batch()
    {
        var exact = Import("fp32", new ImportOptions());
        var wide = Import("int16", new ImportOptions { Precision = Precision.Int16 });
        var (vectors, expected) = (await EncodeAsync(wide), await EncodeAsync(exact));

        Assert.Equal(Precision.Int16, Bundle.Open(wide.Folder).Model.Precision);
        Assert.InRange(wide.Manifest.Quality!.Cosine, 0.9999, 0.9999999);
        Assert.InRange(
            wide.Manifest.Files["model.onnx.data"].Bytes, 0.5 * exact.Manifest.Files["model.onnx.data"].Bytes,
            0.52 * exact.Manifest.Files["model.onnx.data"].Bytes);
        using var encoder = SentenceEncoder.Load(wide);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity(expected[i].Span, vectors[i].Span), 0.9999f, 1.00001f);
            Assert.NotEqual(expected[i].ToArray(), vectors[i].ToArray());
            var alone = await encoder.EncodeAsync(
                [QualitySentences.Japanese.Sentences[i]], cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(alone[0].ToArray(), vectors[i].ToArray());
        }
    }

    [Fact]
    public void An_import_in_int16_never_asks_for_less_than_four_nines()
    {
        RandomModel.Write(
            _folder["harmed"], new RandomModelOptions { Layers = 2, Hidden = 64, Vocabulary = 0, OutlierColumns = 4, OutlierScale = 2e7f });

        var error = Assert.Throws<LowQualityException>(() => ModelImporter.Import(
            _folder["harmed"], _folder["bundle"], Lenient with { Precision = Precision.Int16 }));

        Assert.Contains("with every matrix in 16 bits; expected 0.9999 and 0.98", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_fp16_vectors_are_those_of_float32_to_three_digits_and_the_bundle_is_half_as_large()
    {
        var exact = Import("fp32", new ImportOptions());
        var half = Import("fp16", new ImportOptions { Precision = Precision.Float16 });
        var (vectors, expected) = (await EncodeAsync(half), await EncodeAsync(exact));

        Assert.Equal(Precision.Float16, Bundle.Open(half.Folder).Model.Precision);
        Assert.InRange(half.Manifest.Quality!.Cosine, 0.9999, 0.9999999);
        Assert.InRange(half.Manifest.Quality.Spearman, 0.997, 1);
        Assert.InRange(
            half.Manifest.Files["model.onnx.data"].Bytes, 0.5 * exact.Manifest.Files["model.onnx.data"].Bytes,
            0.51 * exact.Manifest.Files["model.onnx.data"].Bytes);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity(expected[i].Span, vectors[i].Span), 0.9999f, 1.00001f);
            Assert.InRange(expected[i].ToArray().Zip(vectors[i].ToArray(), (a, b) => Math.Abs(a - b)).Max(), 1e-7f, 1e-3f);
        }
    }

    [Fact]
    public void The_precision_is_part_of_the_fingerprint_and_float32_carries_no_quality()
    {
        var exact = Import("fp32", new ImportOptions());
        var int8 = Import("int8", Lenient with { Precision = Precision.Int8 });
        var half = Import("fp16", Lenient with { Precision = Precision.Float16 });

        Assert.Null(exact.Manifest.Quality);
        Assert.Equal(3, new[] { exact, int8, half }.Select(bundle => bundle.Model.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void Int8_stable_is_a_name_of_int8()
    {
        var int8 = Import("int8", Lenient with { Precision = Precision.Int8 });
        var stable = Import("stable", Lenient with { Precision = Precision.Int8Stable });

        Assert.Equal(int8.Model, stable.Model);
    }

    [Fact]
    public void A_file_of_texts_calibrates_and_measures_instead_of_the_sentences_of_the_program()
    {
        File.WriteAllLines(_folder["texts.txt"], QualitySentences.Japanese.Sentences.Take(39).Append(" "));
        var error = Assert.Throws<InvalidDataException>(() => FromFile("few"));
        File.AppendAllText(_folder["texts.txt"], "これで四十。\n");

        var bundle = FromFile("own");

        Assert.Contains("texts.txt has 39 lines with text; expected 40 or more", error.Message, StringComparison.Ordinal);
        Assert.Equal("texts.txt, 40 texts", bundle.Manifest.Quality!.Sentences);
        Assert.Equal(20 + 5 + 2, bundle.Manifest.Quality.Texts);

        Bundle FromFile(string name) => Import(
            name, Lenient with { Precision = Precision.Int8, MinSpearman = 0, CalibrationFile = _folder["texts.txt"] });
    }

    [Fact]
    public void The_same_folder_gives_the_same_bytes()
    {
        var one = Import("one", Lenient with { Precision = Precision.Int8 });
        var two = Import("two", Lenient with { Precision = Precision.Int8 });

        Assert.Equal(one.Model.Fingerprint, two.Model.Fingerprint);
    }

    [Fact]
    public void An_int8_graph_is_a_quarter_of_the_size_but_for_its_embeddings_which_are_half()
    {
        var exact = Bytes(Import("fp32", new ImportOptions()));
        var int8 = Bytes(Import("int8", Lenient with { Precision = Precision.Int8 }));

        Assert.InRange(int8, 0.24 * exact, 0.55 * exact);

        static long Bytes(Bundle bundle) => bundle.Manifest.Files["model.onnx.data"].Bytes;
    }

    [Fact]
    public async Task In_int8_a_vector_does_not_depend_on_its_batch()
    {
        using var encoder = SentenceEncoder.Load(Import("int8", Lenient with { Precision = Precision.Int8 }));
        string[] texts = [.. QualitySentences.Japanese.Sentences.Where(text => text.Length == 20), "猫"];

        var together = await encoder.EncodeAsync(texts, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(texts.Length > 5);
        for (var i = 0; i < texts.Length; i++)
        {
            var alone = await encoder.EncodeAsync([texts[i]], cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(alone[0].ToArray(), together[i].ToArray()); // bit by bit
        }
    }

    private Bundle Import(string name, ImportOptions options) => ModelImporter.Import(_folder["model"], _folder[name], options);

    private static async Task<EncodedTexts> EncodeAsync(Bundle bundle)
    {
        using var encoder = SentenceEncoder.Load(bundle);
        return await encoder.EncodeAsync(QualitySentences.Japanese.Sentences, cancellationToken: TestContext.Current.CancellationToken);
    }
}
