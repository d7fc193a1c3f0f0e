namespace SimCse.Inference;

/// <summary>How close the vectors of a bundle below fp32 are to those of float32, measured on the product's own sentences.</summary>
/// <param name="Cosine">The cosine between the two vectors of a text, at the first percentile of the texts.</param>
/// <param name="Spearman">The rank correlation between the pairs' similarities in this precision and in float32.</param>
/// <param name="Texts">The number of texts measured.</param>
/// <param name="Pairs">The number of pairs compared.</param>
/// <param name="Float32Matrices">The weight matrices that were left in float32, because quantising them cost too much.</param>
public sealed record BundleQuality(double Cosine, double Spearman, int Texts, int Pairs, IReadOnlyList<string> Float32Matrices)
{
    /// <summary>The number of matrices in 8 bits whose inputs have one scale from the calibration; absent in older bundles.</summary>
    public int? FixedScaleMatrices { get; init; }

    /// <summary>The number of matrices in 8 bits whose inputs have a scale for each token; absent in older bundles.</summary>
    public int? TokenScaleMatrices { get; init; }

    /// <summary>The sentences that were measured: <c>built-in English sentences</c>, or a file; absent in older bundles.</summary>
    public string? Sentences { get; init; }
}
