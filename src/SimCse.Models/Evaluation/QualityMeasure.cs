using System.Numerics.Tensors;
using SimCse.Inference;

namespace SimCse.Models.Evaluation;

/// <summary>How close quantised vectors are to those of float32, text by text and pair by pair.</summary>
internal static class QualityMeasure
{
    private const double Percentile = 0.01;

    /// <param name="exact">The vectors of float32.</param>
    /// <param name="rough">The vectors to judge, of the same texts.</param>
    /// <param name="pairs">Index pairs whose similarities are compared.</param>
    public static BundleQuality Compare(float[][] exact, float[][] rough, IReadOnlyList<(int First, int Second)> pairs) => new(
        FirstPercentile([.. exact.Zip(rough, (a, b) => Cosine(a, b)).Order()]),
        Correlation.Spearman(Similarities(exact, pairs), Similarities(rough, pairs)),
        exact.Length,
        pairs.Count,
        Float32Matrices: []);

    /// <param name="sorted">The values in ascending order, at least one.</param>
    public static double FirstPercentile(double[] sorted) => sorted[(int)(sorted.Length * Percentile)];

    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => TensorPrimitives.CosineSimilarity(a, b);

    private static double[] Similarities(float[][] vectors, IReadOnlyList<(int First, int Second)> pairs) =>
        [.. pairs.Select(pair => Cosine(vectors[pair.First], vectors[pair.Second]))];
}
