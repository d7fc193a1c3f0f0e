using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>The precisions of a bundle, by the names that bundles and the command line use.</summary>
public static class Precision
{
    /// <summary>Everything in float32: exact, and the same in any batch to 1e-5.</summary>
    public const string Fp32 = "fp32";

    /// <summary>Weights and activations in float16: for GPUs. On CPU it runs too, slower than <see cref="Fp32"/>.</summary>
    public const string Half = "fp16";

    /// <summary>8-bit products, quantised for each run: the fastest on CPU.</summary>
    public const string Quantised = "int8";

    /// <summary>8-bit products, quantised for each token: the same vector in any batch.</summary>
    public const string QuantisedStable = "int8-stable";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Fp32, Half, Quantised, QuantisedStable];

    /// <exception cref="ArgumentException">It is none of <see cref="Names"/>.</exception>
    internal static LinearNodes Linears(string precision) => precision switch
    {
        Fp32 => FloatLinearNodes.Instance,
        Half => new HalfLinearNodes(),
        Quantised => new Int8LinearNodes(),
        QuantisedStable => new StableInt8LinearNodes(),
        _ => throw new ArgumentException($"The precision is '{precision}'; expected one of {string.Join(", ", Names)}."),
    };
}
