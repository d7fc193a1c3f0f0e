namespace SimCse.Jobs.Sources;

/// <summary>What stands in a source.</summary>
public enum SourceKind
{
    /// <summary>Each line is a text.</summary>
    Txt,

    /// <summary>Each line is a JSON object.</summary>
    Jsonl,

    /// <summary>A header and records of fields between commas, semicolons or tabs.</summary>
    Csv,

    /// <summary>A header and records of fields between tabs.</summary>
    Tsv,

    /// <summary>An array of JSON objects.</summary>
    Json,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}

/// <summary>How a source is compressed as a whole.</summary>
public enum SourceCompression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>The format of a source, which the ending of its name gives.</summary>
/// <param name="Kind">What stands in it.</param>
/// <param name="Compression">How it is compressed.</param>
public readonly record struct SourceFormat(SourceKind Kind, SourceCompression Compression = SourceCompression.None)
{
    /// <summary>All endings, for messages.</summary>
    public const string Endings = ".txt, .jsonl, .csv, .tsv or .json, each also with .gz or .zst behind it, or in .parquet or .zip";

    private static readonly (string Ending, SourceCompression Compression)[] Compressions =
        [(".gz", SourceCompression.Gzip), (".zst", SourceCompression.Zstd)];

    /// <summary>The kind's name, which is also its ending without the dot.</summary>
    public string Name => NameOf(Kind);

    /// <summary>Whether the source is compressed as a whole.</summary>
    public bool IsCompressed => Compression != SourceCompression.None;

    /// <summary>What the compression adds to a name; empty without one.</summary>
    public string CompressionEnding
    {
        get
        {
            var compression = Compression;
            return Array.Find(Compressions, known => known.Compression == compression).Ending ?? "";
        }
    }

    /// <summary>The name of the compression: <c>gzip</c> or <c>zstd</c>.</summary>
    internal string CompressionName => Compression.ToString().ToLowerInvariant();

    /// <summary>Whether a record is a row of a table, whose columns a header names.</summary>
    internal bool IsTable => Kind is SourceKind.Csv or SourceKind.Tsv;

    /// <summary>Whether records have columns or properties.</summary>
    internal bool HasColumns => Kind != SourceKind.Txt;

    /// <summary>Whether the bytes that shards read are JSON lines, which are made of the source where it is no such file itself.</summary>
    internal bool IsReadAsJsonLines => Kind is SourceKind.Jsonl or SourceKind.Json or SourceKind.Parquet;

    /// <summary>What a source without a text holds none of.</summary>
    internal string Record => Kind switch { SourceKind.Json => "element", SourceKind.Parquet => "row", _ => "text" };

    /// <summary>The name of a kind, which is also its ending without the dot.</summary>
    public static string NameOf(SourceKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Whether a source is a zip archive, whose members become sources.</summary>
    public static bool IsArchive(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
    }

    /// <exception cref="NotSupportedException">The name has none of the <see cref="Endings"/>.</exception>
    public static SourceFormat FromName(string name) => TryFromName(name) ?? throw new NotSupportedException(IsArchive(name)
        ? $"'{name}' is an archive, of which only jobs make sources; unpack it first."
        : $"'{name}' is no text source: expected a name that ends in {Endings}.");

    /// <summary>The format; <see langword="null"/> when the name has none of the <see cref="Endings"/>.</summary>
    public static SourceFormat? TryFromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var (ending, compression) = Array.Find(
            Compressions, known => name.EndsWith(known.Ending, StringComparison.OrdinalIgnoreCase));
        var bare = ending is null ? name : name[..^ending.Length];
        foreach (var kind in Enum.GetValues<SourceKind>())
        {
            if (bare.EndsWith($".{NameOf(kind)}", StringComparison.OrdinalIgnoreCase)
                && !(kind == SourceKind.Parquet && compression != SourceCompression.None))
            {
                return new SourceFormat(kind, compression);
            }
        }

        return null;
    }
}
