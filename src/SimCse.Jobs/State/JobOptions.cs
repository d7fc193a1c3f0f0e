using SimCse.Inference;

namespace SimCse.Jobs.State;

/// <summary>What a user may choose about a job's output; part of the job's identity.</summary>
public sealed record JobOptions
{
    /// <summary>Scale each vector to length 1.</summary>
    public bool Normalize { get; set; }

    /// <summary>Keep the first so many components; <see langword="null"/> keeps all.</summary>
    public int? Dimensions { get; set; }

    /// <summary>Write the column <c>text</c>.</summary>
    public bool IncludeText { get; set; } = true;

    internal EncodeOptions ToEncodeOptions() => new() { Normalize = Normalize, Dimensions = Dimensions };
}
