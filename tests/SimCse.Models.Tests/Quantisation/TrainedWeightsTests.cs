using System.Text.Json;
using SimCse.Inference;
using SimCse.Inference.Internals;
using SimCse.Models.Evaluation;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>A trained model in int8, against the vectors of PyTorch: all-MiniLM-L6-v2, imported once.</summary>
public sealed class TrainedWeightsTests(TrainedWeightsTests.Imported imported) : IClassFixture<TrainedWeightsTests.Imported>
{
    private const string Model = "models/all-MiniLM-L6-v2";

    /// <summary>The texts before the first odd one; the others are of other languages, control characters, or nothing at all.</summary>
    private const int Sentences = 900;

    [Fact]
    public async Task English_sentences_keep_their_vectors_and_the_order_of_their_pairs()
    {
        var folder = SharedData.Require(Model);
        var expected = Expected(folder).Take(Sentences).ToArray();
        var pairs = File.ReadLines(Path.Combine(folder, "expected-pairs.tsv")).Skip(1).Select(line => line.Split('\t')).ToArray();
        using var encoder = SentenceEncoder.Load(imported.Bundle);

        var vectors = await encoder.EncodeAsync(
            [.. expected.Select(text => text.Text)], cancellationToken: TestContext.Current.CancellationToken);
        var sides = await encoder.EncodeAsync(
            [.. pairs.SelectMany(pair => pair.Take(2))], cancellationToken: TestContext.Current.CancellationToken);

        var cosines = expected.Select((text, i) => QualityMeasure.Cosine(text.Vector, vectors[i].Span)).Order().ToArray();
        Assert.InRange(QualityMeasure.FirstPercentile(cosines), 0.999, 1);
        Assert.InRange(
            Correlation.Spearman(
                [.. pairs.Select(pair => double.Parse(pair[2], System.Globalization.CultureInfo.InvariantCulture))],
                [.. pairs.Select((_, i) => QualityMeasure.Cosine(sides[2 * i].Span, sides[(2 * i) + 1].Span))]),
            0.999, 1);
    }

    [Fact]
    public async Task Texts_unlike_those_of_the_calibration_are_not_cut_off()
    {
        var odd = Expected(SharedData.Require(Model)).Skip(Sentences).ToArray();
        using var encoder = SentenceEncoder.Load(imported.Bundle);

        var vectors = await encoder.EncodeAsync(
            [.. odd.Select(text => text.Text)], cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(
            odd.Select((text, i) => QualityMeasure.Cosine(text.Vector, vectors[i].Span)), cosine => Assert.InRange(cosine, 0.99, 1.0001));
    }

    [Fact]
    public void Nearly_all_matrices_are_in_8_bits_calibrated_with_English_sentences()
    {
        var quality = imported.Bundle.Manifest.Quality!;

        Assert.InRange(quality.Float32Matrices.Count, 0, 2);
        Assert.Equal(36, quality.FixedScaleMatrices + quality.TokenScaleMatrices + quality.Float32Matrices.Count);
        Assert.Equal("built-in English sentences", quality.Sentences);
        Assert.InRange(quality.Cosine, 0.999, 1);
        Assert.InRange(quality.Spearman, 0.997, 1);
    }

    [Fact]
    public async Task A_vector_is_the_same_in_any_batch_bit_by_bit()
    {
        var texts = Expected(SharedData.Require(Model)).Where(text => text.Length is 14 or 15).Take(60).Select(text => text.Text).ToArray();
        using var encoder = SentenceEncoder.Load(imported.Bundle);

        var together = await encoder.EncodeAsync(texts, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(60, texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            var alone = await encoder.EncodeAsync([texts[i]], cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(alone[0].ToArray(), together[i].ToArray());
        }
    }

    [Fact]
    public async Task In_int16_every_text_keeps_its_vector_to_four_nines()
    {
        using var folder = new TemporaryFolder();
        var expected = Expected(SharedData.Require(Model)).ToArray();
        var bundle = ModelImporter.Import(SharedData.Require(Model), folder["bundle"], new ImportOptions { Precision = Precision.Int16 });
        using var encoder = SentenceEncoder.Load(bundle);

        var vectors = await encoder.EncodeAsync(
            [.. expected.Select(text => text.Text)], cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(
            expected.Select((text, i) => QualityMeasure.Cosine(text.Vector, vectors[i].Span)),
            cosine => Assert.InRange(cosine, 0.9999, 1.0001));
    }

    private static IEnumerable<(string Text, int Length, float[] Vector)> Expected(string folder) =>
        File.ReadLines(Path.Combine(folder, "expected.jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            var text = json.RootElement;
            return (
                text.GetProperty("text").GetString()!, text.GetProperty("input_ids").GetArrayLength(),
                text.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray());
        });

    public sealed class Imported : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Lazy<Bundle> _bundle;

        public Imported() => _bundle = new Lazy<Bundle>(() => ModelImporter.Import(
            SharedData.Require(Model), _folder["bundle"], new ImportOptions { Precision = Precision.Int8 }));

        /// <summary>The bundle. Skips the running test, with the reason, where products of 8 bits are not exact.</summary>
        public Bundle Bundle
        {
            get
            {
                Assert.SkipUnless(
                    OverflowWarning.Find(Precision.Int8, ProcessorFeatures.Current) is null,
                    "Needs an x64 processor with AVX-512 VNNI or AVX-VNNI, or Arm64: on others products of 8 bits overflow in ONNX " +
                    "Runtime, so that no import reaches these figures. CI runs on one that has it, and skips nothing.");
                return _bundle.Value;
            }
        }

        public void Dispose() => _folder.Dispose();
    }
}
