using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>The SQL of a table of PostgreSQL with pgvector that rows go into.</summary>
/// <param name="name">The table's name, with its schema or without: <c>embeddings</c> or <c>search.embeddings</c>.</param>
/// <param name="table">The columns.</param>
internal sealed class PgTable(string name, RowTable table)
{
    public string Name { get; } = string.Join('.', name.Split('.').Select(Quote));

    /// <summary>The columns in the order of the binary data.</summary>
    public string Columns { get; } = string.Join(", ", table.Columns.Select(column => Quote(column.Name)).Append(RowTable.Embedding));

    public string Create { get; } =
        $"CREATE TABLE IF NOT EXISTS {string.Join('.', name.Split('.').Select(Quote))} (" +
        string.Concat(table.Columns.Select(column => $"{Quote(column.Name)} {Type(column)}, ")) +
        $"{RowTable.Embedding} vector({table.Dimension}) NOT NULL, " +
        $"PRIMARY KEY ({RowTable.Source}, {RowTable.Line}{(table.HasChunks ? $", {RowTable.Chunk}" : "")}))";

    public string Copy => $"COPY {Name} ({Columns}) FROM STDIN (FORMAT BINARY)";

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Type(RowColumn column) => column.Type switch
    {
        KeptType.String => "text",
        KeptType.Int64 => "bigint",
        KeptType.Double => "double precision",
        KeptType.Boolean => "boolean",
        _ => "timestamptz",
    };
}
