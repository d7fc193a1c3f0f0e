using System.Globalization;
using System.Text.Json;
using SimCse.Cli.Output;
using SimCse.Inference;

namespace SimCse.Cli.Models;

/// <summary>Shows the loss from quantising, as a sentence and as JSON.</summary>
internal static class QualityText
{
    public static string Describe(BundleQuality quality) => string.Create(
        CultureInfo.InvariantCulture,
        $"cosine to fp32 {quality.Cosine:0.00000} at the first percentile of {quality.Texts} texts, Spearman of {quality.Pairs:N0} pair " +
        $"similarities {quality.Spearman:0.00000}, {quality.Float32Matrices.Count} matrices left in fp32{Forms(quality)}");

    private static string Forms(BundleQuality quality) =>
        quality is { FixedScaleMatrices: { } fixedScale, TokenScaleMatrices: { } tokenScale }
        ? string.Create(
            CultureInfo.InvariantCulture,
            $" (of the others {fixedScale} with a fixed scale, {tokenScale} with one a token); measured on {quality.Sentences}")
        : "";

    /// <summary>Writes the property <c>quality</c> if the bundle has one.</summary>
    public static void Write(Utf8JsonWriter json, BundleQuality? quality)
    {
        if (quality is null)
        {
            return;
        }

        json.WriteStartObject("quality");
        json.WriteNumber("cosine", quality.Cosine);
        json.WriteNumber("spearman", quality.Spearman);
        json.WriteNumber("texts", quality.Texts);
        json.WriteNumber("pairs", quality.Pairs);
        json.WriteStrings("float32Matrices", quality.Float32Matrices);
        if (quality is { FixedScaleMatrices: { } fixedScale, TokenScaleMatrices: { } tokenScale })
        {
            json.WriteNumber("fixedScaleMatrices", fixedScale);
            json.WriteNumber("tokenScaleMatrices", tokenScale);
        }

        if (quality.Sentences is { } sentences)
        {
            json.WriteString("sentences", sentences);
        }

        json.WriteEndObject();
    }
}
