using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>
/// The label <c>simcse.arithmetic</c>: which device, instruction set and runtime have computed the rows of a part
/// (<see cref="SentenceEncoder.Arithmetic"/>). A part that was merged of several has several, between semicolons.
/// </summary>
public static class ArithmeticLabel
{
    private const string Separator = "; ";

    /// <summary>
    /// Whether vectors of two arithmetics differ by more than rounding: products of 8 bits overflow on some processors and not on others.
    /// </summary>
    public static bool Matters(Precision precision) => precision is Precision.Int8 or Precision.Int8Stable;

    /// <summary>The arithmetics of a label; none for a part of an earlier release, which has no label.</summary>
    public static string[] Split(string? label) => label?.Split(Separator) ?? [];

    /// <summary>One label for the rows of several parts; <see langword="null"/> when none of them has one.</summary>
    public static string? Join(IEnumerable<string?> labels) =>
        labels.SelectMany(Split).Distinct().Order(StringComparer.Ordinal).ToList() is { Count: > 0 } all
            ? string.Join(Separator, all)
            : null;
}
