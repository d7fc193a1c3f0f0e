namespace SimCse.Models.Evaluation;

/// <summary>How well an encoder orders pairs of sentences.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Untrained">Whether the weights are random: the figures then show what shared characters alone achieve.</param>
/// <param name="Pairs">The number of pairs.</param>
/// <param name="Similarities">The correlations for cosine, dot, Manhattan and Euclidean, in this order.</param>
public sealed record StsReport(string Model, bool Untrained, int Pairs, IReadOnlyList<StsCorrelation> Similarities);

/// <param name="Similarity"><c>cosine</c>, <c>dot</c>, <c>manhattan</c> or <c>euclidean</c>; distances are negated.</param>
/// <param name="Spearman">The correlation of the ranks, from -1 to 1; NaN when all values are equal.</param>
/// <param name="Pearson">The correlation of the values, from -1 to 1; NaN when all values are equal.</param>
public sealed record StsCorrelation(string Similarity, double Spearman, double Pearson);
