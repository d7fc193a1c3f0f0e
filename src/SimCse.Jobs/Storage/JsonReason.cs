using System.Globalization;
using System.Text.Json;

namespace SimCse.Jobs.Storage;

/// <summary>Says where and why something is not JSON, in words for whoever wrote it and not for programmers.</summary>
public static class JsonReason
{
    /// <summary>What .NET's message holds, and what it means; the first that fits counts. {0} is what it quotes.</summary>
    private static readonly (string Found, string Words)[] Meanings =
    [
        ("trailing comma", "a comma stands before a closing bracket"),
        ("invalid start of a property name", "{0} stands where a name in double quotes is expected"),
        ("invalid start of a value", "{0} stands where a value is expected"),
        ("invalid JSON literal", "{0} is no value; expected true, false, null, a number, a string, an array or an object"),
        ("invalid after a property name", "{0} stands where a colon is expected"),
        ("invalid after a value", "{0} stands where a comma or a closing bracket is expected"),
        ("invalid after a single JSON value", "{0} follows the end of the value"),
        ("without a matching open", "{0} closes what is not open"),
        ("within a number", "{0} stands within a number"),
        ("invalid end of a number", "{0} stands within a number"),
        ("leading zero", "a number begins with 0"),
        ("escapable character", "{0} follows a backslash, and is no escape"),
        ("hex digit", "{0} is no hexadecimal digit of \\u"),
        ("within a JSON string", "{0} stands in a string without a backslash"),
        ("any JSON tokens", "there is nothing"),
        ("Expected depth to be zero", "it ends in the middle"),
        ("reached end of data", "it ends in the middle"),
        ("configured depth", "its arrays and objects are too deep"),
    ];

    /// <summary>The place, if it is known, and the reason, as a part of a sentence.</summary>
    public static string Describe(Exception e)
    {
        if (e is not JsonException json)
        {
            return "it is not even text, or holds half a surrogate pair (\\uD800 to \\uDFFF)";
        }

        var line = json.LineNumber > 0 ? $"line {json.LineNumber + 1}, " : "";
        return json.BytePositionInLine is { } position
            ? string.Create(CultureInfo.InvariantCulture, $"{line}byte {position + 1}: {Words(json)}")
            : Words(json);
    }

    /// <summary>The reason alone.</summary>
    public static string Words(JsonException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var message = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
        foreach (var (found, words) in Meanings)
        {
            if (message.IndexOf(found, StringComparison.Ordinal) is var at and >= 0)
            {
                var quote = message.AsSpan(0, at).LastIndexOf('\'') is var end and > 0 ? message[..(end + 1)] : "something else";
                return words.Replace("{0}", quote, StringComparison.Ordinal);
            }
        }

        return message.TrimEnd('.');
    }
}
