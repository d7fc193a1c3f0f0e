using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SimCse.Jobs.Sources;

/// <summary>Reads JSON strings that the framework's reader refuses: with <c>\uD800</c> to <c>\uDFFF</c> without a partner.</summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Reads a string. JSON may escape a surrogate without its partner, which UTF-8 cannot hold; it is read as U+FFFD.</summary>
    public static string Read(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(element.GetRawText());
        }
    }

    /// <param name="json">A valid JSON string with its quotation marks.</param>
    public static string Unescape(ReadOnlySpan<char> json)
    {
        var units = new StringBuilder(json.Length);
        for (var i = 1; i < json.Length - 1; i++)
        {
            if (json[i] != '\\')
            {
                units.Append(json[i]);
                continue;
            }

            if (json[i + 1] == 'u')
            {
                units.Append((char)ushort.Parse(json.Slice(i + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += EscapeLength - 1;
            }
            else
            {
                units.Append(json[++i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var plain => plain });
            }
        }

        // A round trip through UTF-8 replaces surrogates without a partner by U+FFFD and changes nothing else.
        return System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(units.ToString()));
    }
}
