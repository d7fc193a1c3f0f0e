using SimCse.Cli.CommandLine;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>A column of rows that go elsewhere.</summary>
/// <param name="Name">The name, in all destinations.</param>
/// <param name="Type">The type of all values, of which any may be missing.</param>
/// <param name="Value">The value of a row, of the .NET type that <see cref="KeptType"/> names, or null.</param>
internal sealed record RowColumn(string Name, KeptType Type, Func<VectorFile, PartRows, int, object?> Value);

/// <summary>
/// The columns of rows that go elsewhere, the vector aside: the same for every destination. Source, line and, where there are any, chunk
/// tell each row from all others, even where ids repeat; <see cref="RowKey"/> is made of them.
/// </summary>
internal sealed class RowTable
{
    public const string Key = "key", Source = "source", Job = "job", Id = "id", Line = "line", Chunk = "chunk", Text = "text",
        Embedding = "embedding";

    /// <summary>Stands for the job where there was none, differently in each run, so that an earlier run's rows can be told.</summary>
    private readonly string _noJob = $"file-{Guid.NewGuid():N}";

    private RowTable(List<RowColumn> columns, int dimension, bool hasChunks, bool hasJob)
    {
        if (hasJob)
        {
            columns.Add(new(Job, KeptType.String, (file, _, _) => JobOf(file)));
        }

        Columns = columns;
        Dimension = dimension;
        HasChunks = hasChunks;
    }

    public IReadOnlyList<RowColumn> Columns { get; }

    /// <summary>The number of components of each vector; 0 when there are no rows.</summary>
    public int Dimension { get; }

    public bool HasChunks { get; }

    /// <param name="files">The files, open.</param>
    /// <param name="hasKey">Whether rows have a key in one column, too.</param>
    /// <param name="hasText">Whether rows have their texts.</param>
    /// <param name="hasJob">Whether rows say which job made them.</param>
    /// <exception cref="CliException">Two columns have one name.</exception>
    public static RowTable Of(IReadOnlyList<VectorFile> files, bool hasKey, bool hasText, bool hasJob = false)
    {
        var hasChunks = files.Any(file => file.HasChunks);
        var columns = new List<RowColumn>
        {
            new(Source, KeptType.String, (file, _, _) => file.Source),
            new(Id, KeptType.String, (_, rows, i) => rows.Ids[i]),
            new(Line, KeptType.Int64, (_, rows, i) => rows.Lines[i]),
        };
        if (hasKey)
        {
            columns.Insert(0, new(Key, KeptType.String, (file, rows, i) => RowKey.Of(file.Source, rows.Lines[i], rows.Chunks?[i].Number)));
        }

        if (hasChunks)
        {
            columns.Add(new(Chunk, KeptType.Int64, (_, rows, i) => (long)(rows.Chunks?[i].Number ?? 0)));
            columns.Add(new("start", KeptType.Int64, (_, rows, i) => (long?)rows.Chunks?[i].Start));
            columns.Add(new("length", KeptType.Int64, (_, rows, i) => (long?)rows.Chunks?[i].Length));
        }

        if (hasText)
        {
            columns.Add(new(Text, KeptType.String, (_, rows, i) => rows.Texts.Count > 0 ? rows.Texts[i] : null));
        }

        columns.AddRange(files.SelectMany(file => file.Kept).Distinct().Select(Kept));
        string[] others = hasJob ? [Embedding, Job] : [Embedding];
        return columns.Select(column => column.Name).Concat(others).GroupBy(name => name).FirstOrDefault(same => same.Skip(1).Any())
            is { } twice
            ? throw new CliException(
                $"Two columns would be called \"{twice.Key}\", or one would have two types: rename the one that the job keeps, or take " +
                "fewer files at a time.")
            : new RowTable(columns, files.Select(file => file.Dimension).FirstOrDefault(dimension => dimension > 0), hasChunks, hasJob);
    }

    /// <summary>The job that made a file, or what stands for it.</summary>
    public string JobOf(VectorFile file) => file.Metadata?.Origin?.Job ?? _noJob;

    private static RowColumn Kept(KeptColumn column) => new(column.Name, column.Type, (file, rows, i) =>
    {
        for (var kept = 0; kept < file.Kept.Count; kept++)
        {
            if (file.Kept[kept].Name == column.Name)
            {
                return rows.Kept?[i][kept];
            }
        }

        return null;
    });
}
