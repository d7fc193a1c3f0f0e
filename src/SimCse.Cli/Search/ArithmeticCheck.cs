using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>
/// Warns where scores depend on the machines that made the vectors: those of 8-bit products, and none else, differ by more than rounding.
/// </summary>
internal static class ArithmeticCheck
{
    /// <param name="files">The files, open already. Those of earlier releases do not say how they were computed.</param>
    /// <param name="own">The arithmetic of the texts that are compared (<see cref="SentenceEncoder.Arithmetic"/>).</param>
    /// <param name="warn">Gets the warning, if there is one.</param>
    public static void Check(IEnumerable<VectorFile> files, string own, Action<string> warn)
    {
        var labels = files.Select(file => file.Metadata).OfType<PartMetadata>()
            .Where(metadata => ArithmeticLabel.Matters(metadata.Model.Precision))
            .SelectMany(metadata => ArithmeticLabel.Split(metadata.Arithmetic)).Distinct().Order(StringComparer.Ordinal).ToList();
        if (labels.Exists(label => label != own))
        {
            warn(
                $"The rows were computed in {string.Join(" and in ", labels)}; the texts are computed here in {own}. Vectors of 8-bit " +
                "products differ between these by more than rounding, so that a text and its own row may score below 1. Encode both on " +
                "one kind of machine where that matters.");
        }
    }
}
