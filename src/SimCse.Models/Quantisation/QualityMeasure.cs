using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Models.Evaluation;

namespace SimCse.Models.Quantisation;

/// <summary>How close quantised vectors are to those of float32, text by text and pair by pair.</summary>
internal static class QualityMeasure
{
    private const double Percentile = 0.01;

    /// <param name="exact">The vectors of float32.</param>
    /// <param name="rough">Those to judge, of the same texts.</param>
    /// <param name="pairs">Index pairs whose similarities are compared.</param>
    /// <param name="floatMatrices">What the graph keeps in float32, for the record.</param>
    public static BundleQuality Compare(
        float[][] exact, float[][] rough, IReadOnlyList<(int First, int Second)> pairs, IReadOnlyList<string> floatMatrices)
    {
        var cosines = exact.Zip(rough, Cosine).Order().ToArray();
        return new BundleQuality(
            cosines[(int)(cosines.Length * Percentile)],
            Correlation.Spearman(Similarities(exact, pairs), Similarities(rough, pairs)),
            exact.Length,
            pairs.Count,
            floatMatrices);
    }

    private static double[] Similarities(float[][] vectors, IReadOnlyList<(int First, int Second)> pairs) =>
        [.. pairs.Select(pair => Cosine(vectors[pair.First], vectors[pair.Second]))];

    private static double Cosine(float[] a, float[] b) => TensorPrimitives.CosineSimilarity<float>(a, b);
}
