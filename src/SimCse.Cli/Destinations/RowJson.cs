using System.Text.Json;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Writes the columns of rows as JSON.</summary>
internal static class RowJson
{
    /// <summary>Writes the values of a row; one that is missing is null.</summary>
    public static void WriteColumns(this Utf8JsonWriter json, IReadOnlyList<RowColumn> columns, VectorFile file, PartRows rows, int row)
    {
        foreach (var column in columns)
        {
            json.WriteValue(column.Name, column.Value(file, rows, row));
        }
    }
}
