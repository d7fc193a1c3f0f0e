using System.Globalization;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Jobs.State;

/// <summary>What a user may choose about a job's output; part of the job's identity.</summary>
/// <param name="Normalize">Whether to scale each vector to length 1.</param>
/// <param name="Dimensions">How many components to keep, from the first; <see langword="null"/> keeps all.</param>
/// <param name="IncludeText">Whether to write the column <c>text</c>.</param>
public sealed record JobOptions(bool Normalize = false, int? Dimensions = null, bool IncludeText = true)
{
    private const string NormalizeName = "normalize";
    private const string DimensionsName = "dimensions";
    private const string IncludeTextName = "includeText";

    /// <summary>
    /// Reads the options of a message, of a request or of a source's metadata; they all have the same names. What they do not name is as
    /// in <paramref name="defaults"/>.
    /// </summary>
    /// <param name="json">Any JSON value. Null has no options; <c>"dimensions": null</c> keeps all components.</param>
    /// <param name="defaults">The app's options.</param>
    /// <exception cref="FormatException">
    /// The value is no object, or has a member that is unknown, stands twice or has a wrong type.
    /// </exception>
    public static JobOptions Read(JsonElement json, JobOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        if (json.ValueKind == JsonValueKind.Null)
        {
            return defaults;
        }

        var named = NamedMembers.Read(json, "\"options\"", NormalizeName, DimensionsName, IncludeTextName);
        return new JobOptions(
            Boolean(NormalizeName, defaults.Normalize), Integer(DimensionsName, defaults.Dimensions),
            Boolean(IncludeTextName, defaults.IncludeText));

        bool Boolean(string name, bool otherwise) => !named.TryGetValue(name, out var value) ? otherwise : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected true or false."),
        };

        int? Integer(string name, int? otherwise) => !named.TryGetValue(name, out var value) ? otherwise : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Number when value.TryGetInt32(out var number) => number,
            JsonValueKind.Number =>
                throw new FormatException($"\"{name}\" is {NamedMembers.Shorten(value.GetRawText())}; expected an integer."),
            _ => throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected an integer."),
        };
    }

    /// <summary>All options as JSON, also those that have no value, so that no reader puts its own defaults in their place.</summary>
    internal JsonElement ToJson() => JsonElement.Parse(
        $"{{\"{NormalizeName}\":{Json(Normalize)}," +
        $"\"{DimensionsName}\":{Dimensions?.ToString(CultureInfo.InvariantCulture) ?? "null"}," +
        $"\"{IncludeTextName}\":{Json(IncludeText)}}}");

    internal EncodeOptions ToEncodeOptions() => new() { Normalize = Normalize, Dimensions = Dimensions };

    private static string Json(bool value) => value ? "true" : "false";
}
