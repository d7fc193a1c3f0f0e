using System.Numerics.Tensors;
using SimCse.Inference;

namespace SimCse.Models.Evaluation;

/// <summary>
/// Semantic textual similarity as sentence-transformers' <c>EmbeddingSimilarityEvaluator</c> measures it: Spearman and Pearson between
/// people's scores and four similarities of the vectors. Stateless.
/// </summary>
public static class StsEvaluator
{
    private delegate float Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b);

    private static readonly (string Name, Similarity Of)[] Similarities =
    [
        ("cosine", Cosine),
        ("dot", TensorPrimitives.Dot),
        ("manhattan", (a, b) => -Manhattan(a, b)),
        ("euclidean", (a, b) => -TensorPrimitives.Distance(a, b)),
    ];

    /// <param name="encoder">Stays with the caller.</param>
    /// <param name="pairs">At least two.</param>
    /// <param name="options">Normalisation and truncation of the vectors that are compared.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    /// <exception cref="ArgumentException">Fewer than two pairs.</exception>
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
            encoder.Bundle.ModelName, encoder.Bundle.Untrained, pairs.Count, [.. Similarities.Select(similarity =>
            {
                var values = new double[pairs.Count];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = similarity.Of(vectors[i].Span, vectors[i + pairs.Count].Span);
                }

                return new StsCorrelation(similarity.Name, Correlation.Spearman(values, scores), Correlation.Pearson(values, scores));
            })]);
    }

    /// <summary>A vector of zeros is similar to nothing.</summary>
    private static float Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var cosine = TensorPrimitives.CosineSimilarity(a, b);
        return float.IsNaN(cosine) ? 0 : cosine;
    }

    private static float Manhattan(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return (float)sum;
    }
}
