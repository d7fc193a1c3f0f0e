using SimCse.Inference;

namespace SimCse.Models.Measurement;

/// <summary>The floating-point operations of a model: two for each multiplication of its matrix products, nothing else.</summary>
public static class ModelOperations
{
    /// <summary>
    /// The operations for one text. What only [CLS] needs in the last layer is counted for [CLS] alone, even if a program computes the rest
    /// too.
    /// </summary>
    /// <param name="manifest">The model's shape.</param>
    /// <param name="tokens">The number of ids of the text, [CLS] and [SEP] included.</param>
    public static double ForText(BundleManifest manifest, int tokens)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var (hidden, inner) = ((double)manifest.HiddenSize, (double)InnerWidth(manifest));
        var projection = 2 * hidden * hidden;
        var feedForward = 2 * 2 * hidden * inner;
        double Attention(int queries) => 2 * 2.0 * queries * tokens * hidden;

        var layer = (tokens * ((4 * projection) + feedForward)) + Attention(tokens);
        var last = manifest.Pooling == Pooling.Cls ? (tokens * 2 * projection) + (2 * projection) + feedForward + Attention(1) : layer;
        return ((manifest.Layers - 1) * layer) + last + (2 * hidden * manifest.Dimension);
    }

    internal static int InnerWidth(BundleManifest manifest) => manifest.IntermediateSize ?? 4 * manifest.HiddenSize;
}
