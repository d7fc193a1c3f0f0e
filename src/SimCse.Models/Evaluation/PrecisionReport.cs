namespace SimCse.Models.Evaluation;

/// <summary>How close one bundle's vectors are to those of another bundle of the same model, usually int8 to fp32.</summary>
/// <param name="Texts">The number of texts compared.</param>
/// <param name="Pairs">The number of pairs whose similarities were compared.</param>
/// <param name="Cosine">The cosine between the two vectors of a text, at the first percentile: 99 of 100 texts are closer.</param>
/// <param name="MedianCosine">The median of the cosines: half of the texts are closer.</param>
/// <param name="LeastCosine">The cosine of the text that lost most.</param>
/// <param name="WorstText">The index of that text.</param>
/// <param name="Spearman">The rank correlation between the pairs' similarities in the two bundles; NaN for fewer than two pairs.</param>
public sealed record PrecisionReport(
    int Texts, int Pairs, double Cosine, double MedianCosine, double LeastCosine, int WorstText, double Spearman);
