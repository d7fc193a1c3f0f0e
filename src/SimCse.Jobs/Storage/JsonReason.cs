using System.Globalization;
using System.Text.Json;

namespace SimCse.Jobs.Storage;

/// <summary>Says where and why something is not JSON, without the advice that .NET gives to programmers.</summary>
internal static class JsonReason
{
    public static string Describe(Exception e)
    {
        if (e is not JsonException json)
        {
            return "it is not even text, or holds half a surrogate pair (\\uD800 to \\uDFFF)";
        }

        var words = json.Message.Split(" LineNumber:")[0].Split(" Path:")[0]
            .Replace(" Change the reader options.", "", StringComparison.Ordinal).TrimEnd('.');
        var line = json.LineNumber > 0 ? $"line {json.LineNumber + 1}, " : "";
        return json.BytePositionInLine is { } position
            ? string.Create(CultureInfo.InvariantCulture, $"{line}byte {position + 1}: {words}")
            : words;
    }
}
