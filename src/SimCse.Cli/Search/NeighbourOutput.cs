using System.Globalization;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Search;

/// <summary>Shows the nearest rows of queries as tables, or writes them as JSON lines.</summary>
/// <param name="terminal">The terminal.</param>
/// <param name="json">Whether JSON lines are written.</param>
/// <param name="files">The files that were searched; a row says from which source it is if there are several.</param>
internal sealed class NeighbourOutput(CliTerminal terminal, bool json, IReadOnlyList<VectorFile> files)
{
    private readonly bool _hasSources = files.Select(file => file.Source).Distinct().Skip(1).Any();

    /// <param name="queries">The texts; one that comes from a file has its line and id.</param>
    /// <param name="nearest">The rows of each text, the nearest first.</param>
    public void Write(IReadOnlyList<SourceRecord> queries, IReadOnlyList<IReadOnlyList<Neighbour>> nearest)
    {
        if (json)
        {
            foreach (var (query, neighbours) in queries.Zip(nearest))
            {
                foreach (var neighbour in neighbours)
                {
                    terminal.Data.WriteLine(ToJson(query, neighbour));
                }
            }

            terminal.Data.Flush();
            return;
        }

        var hasQueries = queries is not [{ Line: 0 }];
        string?[] columns = [hasQueries ? "query" : null, ">cosine", _hasSources ? "source" : null, ">line", "id", "text"];
        var table = CliTable.Create([.. columns.OfType<string>()]);
        foreach (var (query, neighbours) in queries.Zip(nearest))
        {
            foreach (var (number, neighbour) in neighbours.Index())
            {
                string?[] cells =
                [
                    hasQueries ? (number == 0 ? query.Text! : "") : null,
                    neighbour.Score.ToString("0.0000", CultureInfo.InvariantCulture),
                    _hasSources ? neighbour.File.Source : null,
                    neighbour.Line.ToString(CultureInfo.InvariantCulture),
                    neighbour.Id,
                    neighbour.Text ?? "(the file holds no texts)",
                ];
                table.Row([.. cells.OfType<string>()]);
            }
        }

        terminal.Out.Write(table);
    }

    private static string ToJson(SourceRecord query, Neighbour neighbour) => JsonLine.Write(json =>
    {
        json.WriteString("query", query.Text);
        if (query.Line > 0)
        {
            json.WriteString("queryId", query.Id);
        }

        json.WriteNumber("score", neighbour.Score);
        json.WriteString("id", neighbour.Id);
        json.WriteNumber("line", neighbour.Line);
        if (neighbour.Text is { } text)
        {
            json.WriteString("text", text);
        }

        if (neighbour.File.Metadata?.Origin is { } origin)
        {
            json.WriteString("source", origin.Source);
        }

        json.WriteString("file", neighbour.File.Name);
    });
}
