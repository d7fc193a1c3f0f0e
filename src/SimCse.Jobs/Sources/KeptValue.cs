using System.Globalization;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>Turns what stands in a source into the values of kept columns.</summary>
internal static class KeptValue
{
    private const int MaxShown = 40;
    private const int Ticks = 7; // digits of a second that .NET holds

    private static readonly string[] Times =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzz", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFzz",
    ];

    /// <summary>Reads a value that stands as text. An empty one is missing, unless the type is string.</summary>
    /// <exception cref="FormatException">The text is no value of the type.</exception>
    public static object? Parse(string text, KeptColumn column)
    {
        var trimmed = text.AsSpan().Trim();
        return column.Type == KeptType.String ? text
            : trimmed.IsEmpty ? null
            : column.Type switch
            {
                KeptType.Int64 when long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
                    number,
                KeptType.Double when double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number) => number,
                KeptType.Boolean when bool.TryParse(trimmed, out var truth) => truth,
                KeptType.Boolean when trimmed is "0" or "1" => trimmed is "1",
                KeptType.Timestamp when TryParseTime(trimmed, out var time) => time,
                _ => throw new FormatException(
                    $"The column '{column.Name}' holds '{Shorten(text)}'; expected {Expected(column.Type)}."),
            };
    }

    /// <summary>Reads a value of JSON. What is no string is one as its JSON text.</summary>
    /// <exception cref="FormatException">It is no value of the type.</exception>
    public static object? Read(JsonElement json, KeptColumn column) => (column.Type, json.ValueKind) switch
    {
        (_, JsonValueKind.Null) => null,
        (_, JsonValueKind.String) => Parse(LoneSurrogates.Read(json), column),
        (KeptType.String, _) => json.GetRawText(),
        (KeptType.Boolean, JsonValueKind.True or JsonValueKind.False) => json.GetBoolean(),
        (KeptType.Int64 or KeptType.Double, JsonValueKind.Number) => Parse(json.GetRawText(), column),
        _ => throw new FormatException(
            $"The property '{column.Name}' is {Shorten(json.GetRawText())}; expected {Expected(column.Type)}."),
    };

    private static string Expected(KeptType type) => type switch
    {
        KeptType.Int64 => "an integer of 64 bits",
        KeptType.Double => "a number",
        KeptType.Boolean => "true or false",
        KeptType.Timestamp => "a time like 2026-11-27T12:00:00Z",
        _ => type.Name(),
    };

    private static bool TryParseTime(ReadOnlySpan<char> text, out DateTime time)
    {
        // A time may have nanoseconds, of which parts hold microseconds.
        var point = text.IndexOf('.');
        var digits = point < 0 ? 0 : text[(point + 1)..].IndexOfAnyExceptInRange('0', '9');
        digits = point >= 0 && digits < 0 ? text.Length - point - 1 : digits;
        text = digits > Ticks ? string.Concat(text[..(point + 1 + Ticks)], text[(point + 1 + digits)..]) : text;
        var isTime = DateTimeOffset.TryParseExact(
            text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed);
        time = new DateTime(parsed.Ticks - (parsed.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
        return isTime;
    }

    private static string Shorten(string value) => value.Length <= MaxShown
        ? value
        : string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[MaxShown - 1]) ? MaxShown - 1 : MaxShown), "…");
}
