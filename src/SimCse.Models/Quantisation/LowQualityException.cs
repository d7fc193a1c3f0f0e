using SimCse.Inference;

namespace SimCse.Models.Quantisation;

/// <summary>A model loses too much when it is quantised; no bundle was written.</summary>
public sealed class LowQualityException : Exception
{
    public LowQualityException()
    {
    }

    public LowQualityException(string message)
        : base(message)
    {
    }

    public LowQualityException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What was measured with as many matrices in float32 as are allowed.</summary>
    public BundleQuality? Quality { get; init; }
}
