using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;
using SimCse.Cli.Output;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse export</c>: writes vectors as JSON lines, as an array of NumPy, or for PostgreSQL's COPY.</summary>
internal sealed class ExportCommand : CliCommand
{
    private const string JsonLines = "jsonl", Npy = "npy", PgCopy = "pgcopy";

    private static readonly string[] Formats = [JsonLines, Npy, PgCopy];

    private readonly VectorInput _input = new();
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Where the rows go: a name that ends in .jsonl, .npy (vectors alone; the rows go to .rows.jsonl beside it) or " +
            ".pgcopy (COPY … WITH (FORMAT BINARY) of pgvector); - is standard output.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _as = new("--as")
    {
        Description = "The format, where the name does not say it: jsonl, npy or pgcopy. Default for standard output: jsonl.",
        HelpName = "FORMAT",
    };

    private readonly Option<bool> _key = new("--key")
    {
        Description = "Add the column key: 32 hexadecimal digits made of source, line and chunk, unique over all sources and the same in " +
            "every run. Azure AI Search and Qdrant take it.",
    };

    private readonly Option<bool> _noText = new("--no-text") { Description = "Leave out the column text." };

    public ExportCommand()
        : base("export", "Write vectors for others: JSON lines, one array of NumPy, or the binary form of PostgreSQL's COPY.")
    {
        _input.AddTo(this);
        Add(_output);
        Add(_as);
        Add(_key);
        Add(_noText);
        _as.AcceptOnlyFromAmong(Formats);
        Examples =
        [
            "simcse export embeddings -o vectors.npy",
            "simcse export --source news/ --key -o - | gzip > documents.jsonl.gz",
            "simcse export texts.parquet -o texts.pgcopy",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var (output, format) = (context.Get(_output)!, Format(context));
        var files = await _input.FindAsync(context);
        var table = RowTable.Of(files, context.Get(_key), !context.Get(_noText));
        await using var rows = Create(output, format, table, context);
        var count = await rows.WriteAsync(files, context.CancellationToken);
        await rows.CompleteAsync(context.CancellationToken);
        context.Terminal.Note(
            $"{Amount.Of(count, "row")} of {Amount.Of(table.Dimension, "component")}" +
            $"{(output == RowOutput.StandardOutput ? "" : $" → {output}")}");
        if (format == PgCopy)
        {
            var into = new PgTable("embeddings", table);
            context.Terminal.Note($"Made for: {into.Create}; {into.Copy}");
        }

        return ExitCodes.Success;
    }

    private static RowFile Create(string output, string format, RowTable table, CliContext context) =>
        (format, output == RowOutput.StandardOutput) switch
        {
            (JsonLines, true) => new JsonLinesFile(table, context.Terminal.Data, hasVectors: true),
            (JsonLines, false) => new JsonLinesFile(table, new PendingFile(output), hasVectors: true),
            (PgCopy, true) => new PgCopyFile(table, Console.OpenStandardOutput()),
            (PgCopy, false) => new PgCopyFile(table, new PendingFile(output)),
            _ => new NpyFile(table, output),
        };

    /// <exception cref="CliException">The format is not known or does not suit the name, or the folder does not exist.</exception>
    private string Format(CliContext context)
    {
        var (output, chosen) = (context.Get(_output)!, context.Get(_as));
        if (output != RowOutput.StandardOutput && Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder
            && !Directory.Exists(folder))
        {
            throw new CliException($"The folder {folder} of --output does not exist.");
        }

        var format = chosen
            ?? (output == RowOutput.StandardOutput ? JsonLines : Array.Find(Formats, format => HasEnding(output, $".{format}")));
        return format switch
        {
            null => throw new CliException(
                $"--output is '{output}'; expected a name that ends in .jsonl, .npy or .pgcopy, or --as with one of these words."),
            Npy when !HasEnding(output, NpyFile.Ending) => throw new CliException(
                $"--output is '{output}'; an array of NumPy needs a file whose name ends in .npy, because its size is known only at " +
                "the end."),
            _ => format,
        };
    }

    private static bool HasEnding(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
