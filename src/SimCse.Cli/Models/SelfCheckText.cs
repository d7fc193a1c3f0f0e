using System.Globalization;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Cli.Models;

/// <summary>Shows what the comparison with expected results found, as a sentence and as JSON.</summary>
internal static class SelfCheckText
{
    public static string Describe(BundleSelfCheck check)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{check.Rows:N0} rows of {check.File}: largest difference {check.LargestDifference:0.0e+0}, lowest cosine " +
            $"{check.LowestCosine:0.0000000}");
        text += check.OtherIds > 0 ? $"; {check.OtherIds:N0} have other ids" : "; all ids equal";
        return check.Skipped > 0 ? $"{text}; {check.Skipped:N0} more were skipped, which need prompts that the bundle does not have" : text;
    }

    /// <summary>Writes the property <c>selfCheck</c> if there was one.</summary>
    public static void Write(Utf8JsonWriter json, BundleSelfCheck? check)
    {
        if (check is null)
        {
            return;
        }

        json.WriteStartObject("selfCheck");
        json.WriteString("file", check.File);
        json.WriteNumber("rows", check.Rows);
        json.WriteNumber("skipped", check.Skipped);
        json.WriteNumber("otherIds", check.OtherIds);
        json.WriteNumber("largestDifference", check.LargestDifference);
        json.WriteNumber("lowestCosine", check.LowestCosine);
        json.WriteEndObject();
    }
}
