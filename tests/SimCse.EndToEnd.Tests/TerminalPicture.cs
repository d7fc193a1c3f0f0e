using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>A still of a terminal as SVG: <c>docs/demo.svg</c>.</summary>
internal static partial class TerminalPicture
{
    private const double CellWidth = 8.4;
    private const double LineHeight = 19;
    private const double Margin = 16;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>A window is dark whatever surrounds it, so that the picture is readable on light and dark pages.</summary>
    private static readonly Dictionary<int, string> Colours = new() { [2] = "#57ab5a", [8] = "#8b949e", [11] = "#c69026", [1] = "#f47067" };

    public static string Draw(string command, IReadOnlyList<IReadOnlyList<TerminalCell>> lines, int columns)
    {
        IReadOnlyList<TerminalCell>[] all = [[.. $"$ {command}".Select(c => new TerminalCell($"{c}", 2))], .. lines];
        var (width, height) = ((columns * CellWidth) + (2 * Margin), (all.Length * LineHeight) + (2 * Margin));
        var picture = new XElement(
            Svg + "svg", new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"), new XAttribute("role", "img"),
            new XAttribute("font-family", "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK JP', monospace"),
            new XAttribute("font-size", "14"), new XAttribute("fill", "#d1d7e0"),
            new XElement(Svg + "title", $"What {command} shows in a terminal"),
            new XElement(
                Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("rx", "8"),
                new XAttribute("fill", "#151b23"), new XAttribute("stroke", "#656c76")),
            all.Index().Select(line => Line(line.Item, Margin + ((line.Index + 0.75) * LineHeight))));
        return $"{picture}\n";
    }

    /// <summary>The words of a picture, without what differs from run to run: times, ports, the job's id, and where a line ends.</summary>
    public static string Words(string picture)
    {
        var words = XDocument.Parse(picture).Root!.Descendants(Svg + "text").SelectMany(text => text.Value.Split(' '));
        return Changing().Replace(string.Join(' ', words.Where(word => word.Length > 0)), "…");
    }

    private static XElement Line(IReadOnlyList<TerminalCell> cells, double y)
    {
        var line = new XElement(Svg + "g");
        for (var i = 0; i < cells.Count;)
        {
            var start = i;
            var text = new StringBuilder();
            for (; i < cells.Count && IsOneRun(cells, start, i); i++)
            {
                text.Append(cells[i].Text);
            }

            if (text.ToString().TrimEnd() is { Length: > 0 } run)
            {
                // A browser's fonts do not keep to cells, and wide characters less than others.
                var columns = i - start - (text.Length - run.Length);
                line.Add(new XElement(
                    Svg + "text", new XAttribute("x", Number(Margin + (start * CellWidth))), new XAttribute("y", Number(y)),
                    new XAttribute("textLength", Number(columns * CellWidth)), new XAttribute("lengthAdjust", "spacingAndGlyphs"),
                    cells[start].Colour is { } colour && Colours.TryGetValue(colour, out var fill) ? new XAttribute("fill", fill) : null,
                    new XAttribute(XNamespace.Xml + "space", "preserve"), run));
            }
        }

        return line;
    }

    /// <summary>A run ends before a gap of two columns, before another colour, and between narrow and wide characters.</summary>
    private static bool IsOneRun(IReadOnlyList<TerminalCell> cells, int start, int i) => i == start
        || (cells[i].Colour == cells[start].Colour && IsWide(cells, i) == IsWide(cells, start)
            && !(cells[i - 1].Text == " " && cells[i].Text == " " && cells[start].Text != " ")
            && !(cells[start].Text == " " && cells[i].Text != " "));

    private static bool IsWide(IReadOnlyList<TerminalCell> cells, int i) =>
        cells[i].Text.Length == 0 || (i + 1 < cells.Count && cells[i + 1].Text.Length == 0);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\([\d.]+ s\)|(?<=127\.0\.0\.1:)\d+|(?<=/)[a-z2-7]{20}(?=/)|(?<=sentences\.txt: ).*? \d\d:\d\d:\d\d|─+")]
    private static partial Regex Changing();
}
