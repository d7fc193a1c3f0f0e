using SimCse.Cli.CommandLine;

namespace SimCse.Cli.Search;

/// <summary>Finds files with vectors on this machine.</summary>
internal static class LocalVectors
{
    private const string JsonLines = ".jsonl";

    /// <summary>
    /// Each file itself, once; of each folder all Parquet files or, where there is none, all <c>.jsonl</c> files. What a job could not
    /// encode, in a folder <c>_errors</c>, has no vectors.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="column">The column of vectors in Parquet files that others wrote; <see langword="null"/> is the only one.</param>
    /// <exception cref="CliException">A path does not exist, or a folder contains no such file.</exception>
    public static IReadOnlyList<VectorFile> Find(IEnumerable<string> paths, string? column = null) =>
    [
        .. paths.SelectMany(Find).DistinctBy(Path.GetFullPath).Select(path => IsJsonLines(path)
            ? (VectorFile)new JsonLinesVectors(path)
            : new ParquetVectors(path, column)),
    ];

    private static IEnumerable<string> Find(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new CliException($"There is no file or folder '{path}'.");
        }

        return Files(path, ".parquet") is { Count: > 0 } parts ? parts
            : Files(path, JsonLines) is { Count: > 0 } rows ? rows
            : throw new CliException($"The folder '{path}' holds no .parquet file, and no .jsonl.");
    }

    private static List<string> Files(string folder, string ending) =>
    [
        .. Directory.EnumerateFiles(folder, $"*{ending}", SearchOption.AllDirectories)
            .Where(file => !IsJsonLines(file) || Path.GetFileName(Path.GetDirectoryName(file)) is not ("_errors" or "errors"))
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsJsonLines(string path) => path.EndsWith(JsonLines, StringComparison.OrdinalIgnoreCase);
}
