using SimCse.Inference;

namespace SimCse.Models.Evaluation;

/// <summary>
/// Semantic textual similarity as sentence-transformers' <c>EmbeddingSimilarityEvaluator</c> measures it: Spearman and Pearson between
/// people's scores and four similarities of the vectors. Stateless.
/// </summary>
public static class StsEvaluator
{
    private delegate double Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b);

    /// <summary>The sums have double precision: similar sentences are so close that float32 would change their order.</summary>
    private static readonly (string Name, Similarity Of)[] Similarities =
    [
        ("cosine", Cosine),
        ("dot", (a, b) => Sum(a, b, (x, y) => x * y)),
        ("manhattan", (a, b) => -Sum(a, b, (x, y) => Math.Abs(x - y))),
        ("euclidean", (a, b) => -Math.Sqrt(Sum(a, b, (x, y) => (x - y) * (x - y)))),
    ];

    /// <param name="encoder">The encoder, which the caller disposes of.</param>
    /// <param name="pairs">The pairs, at least two.</param>
    /// <param name="options">Normalisation and truncation of the vectors that are compared.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentException">There are fewer than two pairs.</exception>
    public static async Task<StsReport> EvaluateAsync(
        SentenceEncoder encoder, IReadOnlyList<StsPair> pairs, EncodeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Count < 2)
        {
            throw new ArgumentException($"{pairs.Count} pairs; a correlation needs two at least.", nameof(pairs));
        }

        var texts = pairs.Select(pair => pair.Sentence1).Concat(pairs.Select(pair => pair.Sentence2)).ToArray();
        var vectors = await encoder.EncodeAsync(texts, options, cancellationToken);
        var scores = pairs.Select(pair => pair.Score).ToArray();
        return new StsReport(
            encoder.Bundle.Model.Name, encoder.Bundle.Model.Untrained, pairs.Count, [.. Similarities.Select(similarity =>
            {
                var values = new double[pairs.Count];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = similarity.Of(vectors[i].Span, vectors[i + pairs.Count].Span);
                }

                return new StsCorrelation(similarity.Name, Correlation.Spearman(values, scores), Correlation.Pearson(values, scores));
            })]);
    }

    /// <summary>The cosine; 0 when a vector consists of zeros.</summary>
    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var norms = Math.Sqrt(Sum(a, a, (x, y) => x * y) * Sum(b, b, (x, y) => x * y));
        return norms > 0 ? Sum(a, b, (x, y) => x * y) / norms : 0;
    }

    private static double Sum(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Func<double, double, double> term)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += term(a[i], b[i]);
        }

        return sum;
    }
}
