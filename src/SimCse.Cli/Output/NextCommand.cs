using System.Buffers;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Output;

/// <summary>Command lines that a user can copy to go on from where a command ends.</summary>
internal static class NextCommand
{
    /// <summary>The folder of <c>simcse sync</c> unless another is named, as the container is called.</summary>
    public const string DefaultFolder = Jobs.Storage.StorageNames.Embeddings;

    public const string LatestFile = "_latest.sql";

    private const int Rows = 5;

    private static readonly SearchValues<char> Unsafe = SearchValues.Create("\"$`\\!");

    /// <summary>How this program is called; a checkout has no command of its own.</summary>
    public static string Simcse { get; } =
        File.Exists(Path.Combine("src", "SimCse.Cli", "SimCse.Cli.csproj")) ? "dotnet run --project src/SimCse.Cli --" : "simcse";

    /// <summary>What fetches the results of jobs, and what shows them.</summary>
    /// <param name="jobs">Jobs that have succeeded, one or more.</param>
    /// <param name="options">The options that name the storage account, as they were given, or nothing.</param>
    public static IReadOnlyList<string> AfterJobs(IReadOnlyList<JobStatus> jobs, string options = "")
    {
        var source = jobs.Select(job => job.Source).Distinct().ToList() is [var only] ? $" {Argument(only)}" : "";
        return
        [
            $"{Simcse} sync{source}{(options.Length > 0 ? " " : "")}{options}",
            QueryLatest(DefaultFolder, jobs.Any(job => job.Options?.IncludeText ?? true)),
        ];
    }

    /// <summary>Shows rows of one job.</summary>
    /// <param name="folder">The folder of the job's parts.</param>
    /// <param name="hasText">Whether the parts have the column <c>text</c>.</param>
    public static string QueryParts(string folder, bool hasText) => DuckDb(
        "", $"SELECT line, {Shown(hasText)}, embedding[1:3] FROM {Literal(Path.Combine(folder, "part-"), "*.parquet")} ORDER BY line");

    /// <summary>Shows rows of the newest version of all sources in a folder that has a <see cref="LatestFile"/>.</summary>
    public static string QueryLatest(string root, bool hasText) => DuckDb(
        $"-init {Argument(Path.Combine(root, LatestFile))} ",
        $"SELECT source, line, {Shown(hasText)}, embedding[1:3] FROM latest ORDER BY source, line");

    /// <summary>A path as a string of SQL that DuckDB takes for this path and for no pattern, with a pattern behind it or none.</summary>
    public static string Literal(string path, string pattern = "")
    {
        var escaped = string.Concat(path.Select(character => character is '[' or '*' or '?' ? $"[{character}]" : character.ToString()));
        return $"'{(escaped + pattern).Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary>An argument as a shell reads it.</summary>
    public static string Argument(string value) =>
        value.Length > 0 && value[0] != '-' && value.All(character => char.IsLetterOrDigit(character) || "_-./:,@+%=".Contains(character))
            ? value
            : Quote(value);

    private static string Shown(bool hasText) => hasText ? "text" : "id";

    private static string DuckDb(string options, string sql) => $"duckdb {options}-c {Quote($"{sql} LIMIT {Rows}")}";

    /// <summary>In double quotes, which every shell knows, unless something would have a meaning there.</summary>
    private static string Quote(string value) => OperatingSystem.IsWindows() || !value.AsSpan().ContainsAny(Unsafe)
        ? $"\"{value}\""
        : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
