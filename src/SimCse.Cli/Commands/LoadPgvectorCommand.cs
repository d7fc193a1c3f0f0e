using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;
using SimCse.Cli.Output;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse load pgvector</c>: brings a table of PostgreSQL up to date with vectors.</summary>
internal sealed class LoadPgvectorCommand : CliCommand
{
    private readonly VectorInput _input = new();
    private readonly SecretOption _to = new(
        "--to", "STRING", "The database: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or Host=…;Username=…;Database=….",
        "SIMCSE_PGVECTOR");

    private readonly Option<string> _table = new Option<string>("--table")
    {
        Description = "The table, also with its schema; it is made when it does not exist.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "embeddings",
    };

    private readonly Option<bool> _noText = new("--no-text") { Description = "Leave out the column text." };

    public LoadPgvectorCommand()
        : base(
            "pgvector",
            "Load vectors into a table of PostgreSQL with pgvector. The rows of a source are replaced as a whole, in one transaction: " +
            "loading again is safe, and texts that a new version lacks go.")
    {
        _input.AddTo(this);
        _to.AddTo(this);
        Add(_table);
        Add(_noText);
        Examples = ["SIMCSE_PGVECTOR=postgresql://me@db/search simcse load pgvector --source news/ --table news"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var to = _to.Read(context)
            ?? throw new CliException("No database: give --to-file, or set SIMCSE_PGVECTOR in the environment.");
        await using var database = new PgvectorDatabase(to.Value, to.From);
        var files = await _input.FindAsync(context);
        var table = RowTable.Of(files, hasKey: false, hasText: !context.Get(_noText));
        var into = new PgTable(context.Get(_table)!, table);
        await database.PrepareAsync(into, table, context.CancellationToken);
        var rows = 0L;
        foreach (var source in files.GroupBy(file => file.Source))
        {
            var count = await database.ReplaceAsync(source.Key, [.. source], into, table, context.CancellationToken);
            context.Terminal.Note($"{source.Key}: {Amount.Of(count, "row")}");
            rows += count;
        }

        context.Terminal.Line($"{Amount.Of(rows, "row")} of {Amount.Of(table.Dimension, "component")} → {context.Get(_table)}");
        return ExitCodes.Success;
    }
}
