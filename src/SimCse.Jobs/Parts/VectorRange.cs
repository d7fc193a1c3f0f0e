using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Jobs.Parts;

/// <summary>
/// The values that 8-bit components stand for: an int8 of q is <c>q × Limit / 127</c>, a uint8 of q is <c>(2q / 255 − 1) × Limit</c>.
/// Components beyond the range become its end.
/// </summary>
/// <param name="Limit">The end of the range, above 0; its beginning is the negative of it.</param>
[JsonConverter(typeof(VectorRangeConverter))]
public readonly record struct VectorRange(float Limit)
{
    /// <summary>The range of every component that is a hyperbolic tangent, or belongs to a vector of length 1.</summary>
    public static readonly VectorRange Unit = new(1);

    /// <summary>The range as a JSON array, such as <c>[-1,1]</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{-Limit:R},{Limit:R}]");

    /// <summary>Reads what <see cref="ToString"/> writes; <see langword="null"/> for anything else.</summary>
    public static VectorRange? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(',') is [_, var end] && end.EndsWith(']')
            && float.TryParse(end[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
            && limit > 0 && float.IsFinite(limit) && new VectorRange(limit) is var range && range.ToString() == text
            ? range
            : null;
    }
}

/// <summary>Writes a range as the text that footers have.</summary>
public sealed class VectorRangeConverter : JsonConverter<VectorRange>
{
    public override VectorRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && VectorRange.TryParse(reader.GetString()!) is { } range
            ? range
            : throw new JsonException($"A range of vectors is not such as {VectorRange.Unit}.");

    public override void Write(Utf8JsonWriter writer, VectorRange value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
