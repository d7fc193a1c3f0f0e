using Spectre.Console.Rendering;

namespace SimCse.Cli.Terminal;

/// <summary>
/// One line of text that is cut in the middle where it does not fit: names differ at their beginnings and at their ends.
/// </summary>
internal sealed class CutText(string text) : IRenderable
{
    private const int LeastWidth = 9;

    public Measurement Measure(RenderOptions options, int maxWidth)
    {
        var width = Width(text);
        return new(Math.Min(width, LeastWidth), width);
    }

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new Segment(Cut(text, maxWidth))];

    /// <summary>Leaves out characters in the middle until the rest, with an ellipsis, is at most so many cells wide.</summary>
    public static string Cut(string text, int width)
    {
        if (Width(text) <= width)
        {
            return text;
        }

        // Whole graphemes: half of a surrogate pair, or a mark without its letter, is no text.
        var parts = Graphemes(text);
        var (first, last, start, end) = (0, parts.Count, 0, 0);
        while (first < last)
        {
            var fromStart = start <= end;
            var next = Width(parts[fromStart ? first : last - 1]);
            if (start + end + next > width - 1)
            {
                break;
            }

            (first, start) = fromStart ? (first + 1, start + next) : (first, start);
            (last, end) = fromStart ? (last, end) : (last - 1, end + next);
        }

        return string.Concat(parts.Take(first).Append("…").Concat(parts.Skip(last)));
    }

    /// <summary>The width in cells of a terminal: most Japanese characters take two.</summary>
    public static int Width(string text) => new Segment(text).CellCount();

    private static List<string> Graphemes(string text)
    {
        var parts = new List<string>();
        for (var elements = System.Globalization.StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            parts.Add(elements.GetTextElement());
        }

        return parts;
    }
}
