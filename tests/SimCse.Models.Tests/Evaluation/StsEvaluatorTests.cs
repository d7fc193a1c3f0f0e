using SimCse.Inference;
using SimCse.Models.Evaluation;
using SimCse.Testing;

namespace SimCse.Models.Tests.Evaluation;

public sealed class StsEvaluatorTests
{
    [Fact]
    public async Task Finds_that_an_untrained_encoder_orders_JSTS_by_shared_characters()
    {
        var pairs = StsFile.Read(SharedData.Require("data/jsts-valid.json"));

        var report = await EvaluateAsync(pairs);

        Assert.Equal((1457, true), (report.Pairs, report.Untrained));
        Assert.Equal(["cosine", "dot", "manhattan", "euclidean"], report.Similarities.Select(similarity => similarity.Similarity));
        Assert.All(
            report.Similarities.Where(similarity => similarity.Similarity != "dot"),
            similarity => Assert.InRange(similarity.Spearman, 0.5, 0.7));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', report.Similarities));
    }

    [Fact]
    public async Task Puts_equal_sentences_before_different_ones_by_every_measure_of_distance()
    {
        var report = await EvaluateAsync([new("犬が走る", "犬が走る", 5), new("犬が走る", "犬が走った", 3), new("犬が走る", "株価と為替", 0)]);

        Assert.All(
            report.Similarities.Where(similarity => similarity.Similarity != "dot"),
            similarity => Assert.Equal(1, similarity.Spearman, 1e-12));
    }

    [Fact]
    public async Task Refuses_a_single_pair() => await Assert.ThrowsAsync<ArgumentException>(() => EvaluateAsync([new("犬", "猫", 1)]));

    private static async Task<StsReport> EvaluateAsync(IReadOnlyList<StsPair> pairs)
    {
        using var encoder = SentenceEncoder.Load(DemoBundle.Ensure());
        return await StsEvaluator.EvaluateAsync(encoder, pairs, cancellationToken: TestContext.Current.CancellationToken);
    }
}
