using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Jobs.State;

/// <summary>
/// How many lines of a source may fail to be texts before its job counts as failed: a number of lines, or a share of them in percent.
/// A job of which not one line could be encoded has failed whatever the number, unless the limit is 100%.
/// </summary>
[JsonConverter(typeof(ErrorLimitConverter))]
public readonly record struct ErrorLimit
{
    /// <summary>What a limit looks like, for error messages.</summary>
    public const string Expected = "a number of lines such as 10, or a share such as 5% or 0.1%";

    private const decimal All = 100;

    private readonly decimal _number;
    private readonly bool _isPercent;

    private ErrorLimit(decimal number, bool isPercent) => (_number, _isPercent) = (number, isPercent);

    /// <summary>Reads <c>10</c> or <c>5%</c>.</summary>
    public static bool TryParse(string text, out ErrorLimit limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isPercent = text.EndsWith('%');
        var isNumber = decimal.TryParse(
            isPercent ? text.AsSpan()[..^1] : text, isPercent ? NumberStyles.AllowDecimalPoint : NumberStyles.None,
            CultureInfo.InvariantCulture, out var number);
        limit = new ErrorLimit(number / 1.000000000000000000000000000000m, isPercent); // 5.0% is 5%
        return isNumber && number <= (isPercent ? All : long.MaxValue);
    }

    /// <summary>Whether a source with so many error rows may pass.</summary>
    /// <param name="limit">The limit; <see langword="null"/> asks only that one line could be encoded.</param>
    /// <param name="errors">The number of error rows, so far or in all.</param>
    /// <param name="texts">The number of all lines that are not blank.</param>
    public static bool Allows(ErrorLimit? limit, long errors, long texts) => limit is not { } chosen
        ? errors < texts || texts == 0
        : chosen._isPercent ? errors * All <= texts * chosen._number
        : errors <= chosen._number && (errors < texts || errors == 0);

    /// <summary>The limit as <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => $"{_number.ToString(CultureInfo.InvariantCulture)}{(_isPercent ? "%" : "")}";
}

/// <summary>Writes a limit as the text that people write.</summary>
public sealed class ErrorLimitConverter : JsonConverter<ErrorLimit>
{
    public override ErrorLimit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ErrorLimit.TryParse(reader.GetString()!, out var limit)
            ? limit
            : throw new JsonException($"A limit of errors is not {ErrorLimit.Expected}.");

    public override void Write(Utf8JsonWriter writer, ErrorLimit value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>
/// <c>jobs/{job}/limit.json</c>: a limit of errors that was asked for after the manifest had been written, and counts in place of its.
/// </summary>
/// <param name="MaxErrors">The limit; <see langword="null"/> asks only that one line could be encoded.</param>
/// <param name="At">When it was asked for.</param>
public sealed record ChangedLimit(ErrorLimit? MaxErrors, DateTimeOffset At);
