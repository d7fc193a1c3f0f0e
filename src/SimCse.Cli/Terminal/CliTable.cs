using SimCse.Jobs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SimCse.Cli.Terminal;

/// <summary>
/// Makes tables: with a frame on a terminal, and bare columns when piped. Each row is one line: where the terminal is too narrow, texts are
/// cut in the middle, but never ids and numbers.
/// </summary>
internal static class CliTable
{
    /// <param name="columns">
    /// The headings. One that begins with <c>&gt;</c> is for numbers, which are aligned to the right, one that begins with <c>!</c> for ids
    /// and other words that are copied. Both are always whole.
    /// </param>
    public static Table Create(params string[] columns)
    {
        var table = new Table { Border = CliTerminal.IsOutputInteractive ? TableBorder.Rounded : TableBorder.None };
        foreach (var column in columns)
        {
            var isNumber = column.StartsWith('>');
            var isWhole = isNumber || column.StartsWith('!');
            var header = new TableColumn(Markup.Escape(isWhole ? column[1..] : column)) { NoWrap = isWhole };
            table.AddColumn(isNumber ? header.RightAligned() : header);
        }

        return table;
    }

    /// <summary>Makes a table of names and values. Values may take several lines.</summary>
    public static Table CreateFacts()
    {
        var table = Create("!what", "is");
        table.ShowHeaders = false;
        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static Table Row(this Table table, params string[] cells) =>
        table.AddRow(cells.Select((cell, column) => Cell(table, column, VisibleText.Escape(cell))));

    private static IRenderable Cell(Table table, int column, string text) =>
        table.Columns[column].NoWrap ? new Text(text) : table.ShowHeaders ? new CutText(text) : new WrappedText(text);
}
