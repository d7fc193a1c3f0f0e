using Spectre.Console.Rendering;

namespace SimCse.Cli.Terminal;

/// <summary>
/// Text on as many lines as it needs. Lines end at a blank or behind a slash, so that the ids and names of a path stay whole, and anywhere
/// only in a name that is wider than the line.
/// </summary>
internal sealed class WrappedText(string text) : IRenderable
{
    private const int LeastWidth = 24;

    public Measurement Measure(RenderOptions options, int maxWidth)
    {
        var width = CutText.Width(text);
        return new(Math.Min(width, LeastWidth), width);
    }

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var lines = Wrap(text, maxWidth);
        return lines.SelectMany((line, i) => i == 0 ? [new Segment(line)] : new[] { Segment.LineBreak, new Segment(line) });
    }

    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var piece in Pieces(text))
        {
            if (line.Length > 0 && CutText.Width(line + piece.TrimEnd()) > width)
            {
                lines.Add(line.TrimEnd());
                line = "";
            }

            line += piece;
            while (CutText.Width(line.TrimEnd()) > width)
            {
                var fits = Fitting(line, width);
                lines.Add(line[..fits]);
                line = line[fits..];
            }
        }

        lines.Add(line.TrimEnd());
        return lines;
    }

    /// <summary>The text in pieces that end with a blank or a slash.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny(' ', '/');
            end = end < 0 ? text.Length : start + end + 1;
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>The length of the beginning that is at most so wide; whole characters, and one at least.</summary>
    private static int Fitting(string line, int width)
    {
        var length = System.Globalization.StringInfo.GetNextTextElementLength(line);
        while (length < line.Length)
        {
            var next = length + System.Globalization.StringInfo.GetNextTextElementLength(line.AsSpan(length));
            if (CutText.Width(line[..next]) > width)
            {
                break;
            }

            length = next;
        }

        return length;
    }
}
