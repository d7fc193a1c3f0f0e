namespace SimCse.Inference;

/// <summary>How a bundle's results differ from those of the library that the model was made with, compared at import.</summary>
/// <param name="File">The name of the file of expected results.</param>
/// <param name="Rows">The rows that were compared.</param>
/// <param name="Skipped">The rows that were not, because they need a prompt that the bundle does not have.</param>
/// <param name="OtherIds">The rows whose ids differ; their vectors are not compared.</param>
/// <param name="LargestDifference">The largest absolute difference between two components.</param>
/// <param name="LowestCosine">The lowest cosine between two vectors; 1 where no row gives a vector.</param>
public sealed record BundleSelfCheck(string File, int Rows, int Skipped, int OtherIds, double LargestDifference, double LowestCosine);
