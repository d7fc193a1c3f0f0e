using SimCse.Cli.CommandLine;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>Reads Parquet files on this machine, one row group at a time.</summary>
internal static class PartFiles
{
    /// <summary>Returns each file itself, and all Parquet files of each folder.</summary>
    /// <exception cref="CliException">A path does not exist, or a folder contains no Parquet file.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths) => [.. paths.SelectMany(Find)];

    /// <summary>Passes each row's vector to <paramref name="visit"/>.</summary>
    /// <param name="file">The part to read.</param>
    /// <param name="check">Throws when the part cannot be used.</param>
    /// <param name="visit">Called for each row, in order.</param>
    /// <param name="cancellationToken">Checked between row groups.</param>
    public static async Task ReadAsync(
        string file, Action<PartMetadata> check, Action<PartRows, int> visit, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        await using var part = await PartReader.OpenAsync(stream, file, cancellationToken);
        check(part.Metadata);
        await foreach (var rows in part.ReadAsync(cancellationToken))
        {
            for (var row = 0; row < rows.Count; row++)
            {
                visit(rows, row);
            }
        }
    }

    /// <summary>Computes the mean of all vectors of some parts.</summary>
    /// <param name="files">The parts to read.</param>
    /// <param name="check">Throws when a part cannot be used.</param>
    /// <param name="cancellationToken">Checked between row groups.</param>
    /// <exception cref="CliException">The parts differ in dimension.</exception>
    public static async Task<float[]> MeanAsync(
        IReadOnlyList<string> files, Action<PartMetadata, string> check, CancellationToken cancellationToken)
    {
        double[]? sum = null;
        var count = 0L;
        foreach (var file in files)
        {
            await ReadAsync(file, metadata => Check(metadata, file), Add, cancellationToken);
        }

        return [.. (sum ?? []).Select(component => (float)(component / Math.Max(1, count)))];

        void Check(PartMetadata metadata, string file)
        {
            check(metadata, file);
            sum ??= new double[metadata.Dimension];
            if (sum.Length != metadata.Dimension)
            {
                throw new CliException(
                    $"{file} holds vectors of {metadata.Dimension} components, {files[0]} of {sum.Length}: they have no common mean.");
            }
        }

        void Add(PartRows rows, int row)
        {
            count++;
            var vector = rows.Encoded[row].Span;
            for (var i = 0; i < vector.Length; i++)
            {
                sum![i] += vector[i];
            }
        }
    }

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

        var files = Directory.EnumerateFiles(path, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new CliException($"The folder '{path}' holds no .parquet file.");
    }
}
