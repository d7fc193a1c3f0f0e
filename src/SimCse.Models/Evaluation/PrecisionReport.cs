namespace SimCse.Models.Evaluation;

/// <summary>How close one bundle's vectors are to another's of the same model, as a rule int8 to fp32.</summary>
/// <param name="Texts">How many were compared.</param>
/// <param name="Pairs">How many similarities were compared.</param>
/// <param name="Cosine">Between the two vectors of a text, at the first percentile of the texts: 99 of 100 are closer.</param>
/// <param name="MedianCosine">Half of the texts are closer.</param>
/// <param name="LeastCosine">Of the text that lost most.</param>
/// <param name="WorstText">The index of that text.</param>
/// <param name="Spearman">Rank correlation of the pairs' similarities in the one and the other; NaN for fewer than two pairs.</param>
public sealed record PrecisionReport(
    int Texts, int Pairs, double Cosine, double MedianCosine, double LeastCosine, int WorstText, double Spearman);
