using SimCse.Inference;
using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>The products of a precision.</summary>
internal static class PrecisionNodes
{
    public static LinearNodes Create(Precision precision) => precision switch
    {
        Precision.Float32 => FloatLinearNodes.Instance,
        Precision.Float16 => new HalfLinearNodes(),
        Precision.Int8 => new Int8LinearNodes(),
        Precision.Int8Stable => new StableInt8LinearNodes(),
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };
}
