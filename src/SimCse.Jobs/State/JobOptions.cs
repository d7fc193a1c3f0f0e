using SimCse.Inference;

namespace SimCse.Jobs.State;

/// <summary>What a user may choose about a job's output; part of the job's identity.</summary>
/// <param name="Normalize">Whether to scale each vector to length 1.</param>
/// <param name="Dimensions">How many components to keep, from the first; <see langword="null"/> keeps all.</param>
/// <param name="IncludeText">Whether to write the column <c>text</c>.</param>
public sealed record JobOptions(bool Normalize = false, int? Dimensions = null, bool IncludeText = true)
{
    internal EncodeOptions ToEncodeOptions() => new() { Normalize = Normalize, Dimensions = Dimensions };
}
