namespace SimCse.Inference;

/// <summary>
/// How close the vectors of a bundle below fp32 came to those of float32 when it was made, on sentences that the product carries.
/// </summary>
/// <param name="Cosine">Between the two vectors of a text, at the first percentile of the texts.</param>
/// <param name="Spearman">Rank correlation of the pairs' similarities in the one and the other.</param>
/// <param name="Texts">How many were measured.</param>
/// <param name="Pairs">How many were compared.</param>
/// <param name="Float32Matrices">The weight matrices that were left in float32, because quantising them cost too much.</param>
public sealed record BundleQuality(double Cosine, double Spearman, int Texts, int Pairs, IReadOnlyList<string> Float32Matrices);
