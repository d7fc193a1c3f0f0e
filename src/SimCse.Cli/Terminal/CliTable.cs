using Spectre.Console;

namespace SimCse.Cli.Terminal;

/// <summary>Tables: framed on a terminal, bare columns when piped.</summary>
internal static class CliTable
{
    /// <param name="columns">Headings; one that begins with <c>&gt;</c> is of numbers, and stands on the right.</param>
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

    /// <summary>Names and values.</summary>
    public static Table CreateFacts()
    {
        var table = Create("what", "is");
        table.ShowHeaders = false;
        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static Table Row(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)).ToArray());
}
