using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Output;

/// <summary>Chooses the format of an output by its file name.</summary>
internal static class RowOutput
{
    public const string StandardOutput = "-";

    /// <exception cref="CliException">The name's ending is not known, or its folder does not exist.</exception>
    public static void Check(string path)
    {
        if (path == StandardOutput)
        {
            return;
        }

        if (!IsParquet(path) && !path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(
                $"--output is '{path}'; expected a name that ends in .parquet or .jsonl, or - for JSON lines on standard output.");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new CliException($"The folder {folder} of --output does not exist.");
        }
    }

    /// <exception cref="CliException">The format cannot hold vectors of this type, or the type no vectors of this dimension.</exception>
    public static void Check(string path, VectorType type, int dimension)
    {
        if (type != VectorType.Float32 && (path == StandardOutput || !IsParquet(path)))
        {
            throw new CliException(
                $"--vector-type {type.Name()} needs an --output that ends in .parquet; JSON lines always hold the model's floats.");
        }

        if (type.Problem(dimension) is { } problem)
        {
            throw new CliException(problem);
        }
    }

    /// <param name="path">The name of a file, or <see cref="StandardOutput"/>.</param>
    /// <param name="metadata">The content of a part's footer.</param>
    /// <param name="includeText">Whether rows have a text.</param>
    /// <param name="kept">The columns that rows have from the source; <see langword="null"/> for none.</param>
    /// <param name="terminal">Whose standard output it may be.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<IRowOutput> CreateAsync(
        string path, PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn>? kept, CliTerminal terminal,
        CancellationToken cancellationToken) =>
        path == StandardOutput ? new JsonLinesOutput(terminal.Data, includeText, kept)
        : IsParquet(path) ? await ParquetOutput.CreateAsync(new PendingFile(path), metadata, includeText, kept, cancellationToken)
        : new JsonLinesOutput(new PendingFile(path), includeText, kept);

    private static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
}
