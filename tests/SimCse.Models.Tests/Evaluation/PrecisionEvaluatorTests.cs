using SimCse.Inference;
using SimCse.Models.Evaluation;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests.Evaluation;

public sealed class PrecisionEvaluatorTests : IDisposable
{
    private static readonly (int, int)[] Pairs = [(0, 1), (0, 2), (1, 3)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Equal_vectors_lose_nothing()
    {
        var vectors = Vectors([1, 0], [1, 1], [0, 1], [-1, 0]);

        var report = PrecisionEvaluator.Compare(vectors, vectors, Pairs);

        Assert.Equal((4, 3), (report.Texts, report.Pairs));
        Assert.All([report.Cosine, report.MedianCosine, report.LeastCosine, report.Spearman], value => Assert.Equal(1, value, 1e-6));
    }

    [Fact]
    public void Names_the_text_that_lost_most_and_leaves_one_in_a_hundred_below_the_percentile()
    {
        var exact = new EncodedTexts(200, 2);
        var rough = new EncodedTexts(200, 2);
        for (var i = 0; i < 200; i++)
        {
            (exact.Vectors[2 * i], rough.Vectors[2 * i]) = (1, 1);
        }

        rough.Vectors[(2 * 120) + 1] = 1; // a cosine of 0.707
        rough.Vectors[(2 * 7) + 1] = 0.5f;
        rough.Vectors[(2 * 8) + 1] = 0.1f;

        var report = PrecisionEvaluator.Compare(exact, rough, []);

        Assert.Equal(120, report.WorstText);
        Assert.Equal(Math.Sqrt(0.5), report.LeastCosine, 1e-6);
        Assert.Equal(1 / Math.Sqrt(1.01), report.Cosine, 1e-6);
        Assert.Equal(1, report.MedianCosine, 1e-6);
        Assert.Equal(double.NaN, report.Spearman);
    }

    [Fact]
    public void Pairs_in_another_order_cost_rank_correlation()
    {
        // Similarities 0.71, 0, -0.71 and 0, 0.71, -0.71.
        var report = PrecisionEvaluator.Compare(Vectors([1, 0], [1, 1], [0, 1], [-1, 0]), Vectors([1, 0], [0, 1], [1, 1], [-1, -1]), Pairs);

        Assert.Equal(0.5, report.Spearman, 1e-12);
    }

    [Fact]
    public void Vectors_of_another_width_or_number_are_refused()
    {
        var vectors = Vectors([1, 0]);
        Assert.Throws<ArgumentException>(() => PrecisionEvaluator.Compare(vectors, Vectors([1, 0, 0]), []));
        Assert.Throws<ArgumentException>(() => PrecisionEvaluator.Compare(vectors, Vectors([1, 0], [1, 0]), []));
        Assert.Throws<ArgumentException>(() => PrecisionEvaluator.Compare(new EncodedTexts(0, 2), new EncodedTexts(0, 2), []));
    }

    [Fact]
    public void Bundles_that_read_texts_differently_are_refused()
    {
        var bundle = Import("a", 32);
        PrecisionEvaluator.CheckSameModel(bundle, bundle);

        var error = Assert.Throws<InvalidDataException>(() => PrecisionEvaluator.CheckSameModel(bundle, Import("b", 16)));

        Assert.Contains("reads 16 tokens", error.Message, StringComparison.Ordinal);
    }

    private Bundle Import(string name, int maxTokens)
    {
        RandomModel.Write(
            _folder[$"{name}-model"], new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0, MaxTokens = maxTokens });
        return ModelImporter.Import(_folder[$"{name}-model"], _folder[name]);
    }

    private static EncodedTexts Vectors(params float[][] vectors)
    {
        var texts = new EncodedTexts(vectors.Length, vectors[0].Length);
        vectors.SelectMany(vector => vector).ToArray().CopyTo(texts.Vectors, 0);
        return texts;
    }
}
