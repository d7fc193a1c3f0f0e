using SimCse.Jobs;
using Spectre.Console;

namespace SimCse.Cli.Terminal;

/// <summary>Makes tables: with a frame on a terminal, and bare columns when piped.</summary>
internal static class CliTable
{
    /// <param name="columns">The headings. One that begins with <c>&gt;</c> is for numbers, which are aligned to the right.</param>
    public static Table Create(params string[] columns)
    {
        var table = new Table { Border = CliTerminal.IsOutputInteractive ? TableBorder.Rounded : TableBorder.None };
        foreach (var column in columns)
        {
            var isNumber = column.StartsWith('>');
            var header = new TableColumn(Markup.Escape(isNumber ? column[1..] : column)) { NoWrap = isNumber };
            table.AddColumn(isNumber ? header.RightAligned() : header);
        }

        return table;
    }

    /// <summary>Makes a table of names and values.</summary>
    public static Table CreateFacts()
    {
        var table = Create("what", "is");
        table.ShowHeaders = false;
        return table;
    }

    /// <summary>Adds a row of plain text, each cell of which is one line.</summary>
    public static Table Row(this Table table, params string[] cells) =>
        table.AddRow(cells.Select(cell => new Text(VisibleText.Escape(cell))).ToArray());
}
