using System.Buffers;
using System.Globalization;
using System.Text;

namespace SimCse.Jobs;

/// <summary>
/// Shows foreign text (sentences, names, messages, errors) without obeying it: characters that move a terminal's cursor, change its colours
/// or its title, turn the direction of writing or begin a new line are written as <c>\u001b</c>. Everything else stays as it is.
/// </summary>
public static class VisibleText
{
    private const string Indent = "  ";

    /// <summary>
    /// The control characters of ASCII and Latin-1; marks, embeddings, overrides and isolates of direction; separators of lines and
    /// paragraphs; the byte order mark and the controls of annotations. Of surrogates, only those without a partner are escaped.
    /// </summary>
    private static readonly SearchValues<char> Suspicious = SearchValues.Create(
    [
        .. Range('\u0000', '\u001F'), .. Range('\u007F', '\u009F'), '\u061C', '\u200E', '\u200F', .. Range('\u2028', '\u202E'),
        .. Range('\u2066', '\u206F'), '\uFEFF', .. Range('\uFFF9', '\uFFFB'), .. Range('\uD800', '\uDFFF'),
    ]);

    /// <summary>For text that is one line, or a part of one.</summary>
    public static string Escape(string text) => Escape(text, keepsLines: false, indent: "");

    /// <summary>
    /// For text that may have several lines, such as an exception with its stack trace. Its later lines are indented, so that none of them
    /// passes for a line of its own.
    /// </summary>
    public static string EscapeLines(string text) => Escape(text, keepsLines: true, Indent);

    /// <summary>For a JSON document, which stays one with the same values: only its strings can hold what is escaped.</summary>
    public static string EscapeJson(string json) => Escape(json, keepsLines: true, indent: "");

    private static string Escape(string text, bool keepsLines, string indent)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.ContainsAny(Suspicious))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (keepsLines && character == '\n')
            {
                visible.Append(character).Append(indent);
            }
            else if (keepsLines && character == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                // The line ends with the next character.
            }
            else if (char.IsHighSurrogate(character) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                visible.Append(character).Append(text[++i]);
            }
            else if (Suspicious.Contains(character) && !(keepsLines && character == '\t'))
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                visible.Append(character);
            }
        }

        return visible.ToString();
    }

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
