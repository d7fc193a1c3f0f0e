using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse load pgvector</c>: brings a table of PostgreSQL up to date with vectors.</summary>
internal sealed class LoadPgvectorCommand : LoadCommand
{
    private readonly SecretOption _to = new(
        "--to", "STRING", "The database: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or Host=…;Username=…;Database=….",
        "SIMCSE_PGVECTOR");

    private readonly Option<string> _table = new("--table")
    {
        Description = "The table, also with its schema; it is made when it does not exist.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "embeddings",
    };

    public LoadPgvectorCommand()
        : base(
            "pgvector",
            "Load vectors into a table of PostgreSQL with pgvector. The rows of a source are replaced as a whole, in one transaction: " +
            "loading again is safe, and texts that a new version lacks go.")
    {
        _to.AddTo(this);
        Add(_table);
        Examples = ["SIMCSE_PGVECTOR=postgresql://me@db/search simcse load pgvector --source news/ --table news"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var to = _to.Read(context)
            ?? throw new CliException("No database: give --to-file, or set SIMCSE_PGVECTOR in the environment.");
        await using var database = new PgvectorDatabase(to.Value, to.From);
        var files = await Input.FindAsync(context);
        var table = Table(files, context, hasKey: false, hasJob: false);
        var into = new PgTable(context.Get(_table)!, table);
        await database.PrepareAsync(into, table, context.CancellationToken);
        return await ReplaceAsync(
            files, table, context.Get(_table)!,
            (source, its) => database.ReplaceAsync(source, its, into, table, context.CancellationToken), context);
    }
}
