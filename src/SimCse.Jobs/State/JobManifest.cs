using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary><c>jobs/{job}/job.json</c>: everything that defines a job, written once.</summary>
public sealed record JobManifest
{
    public required string Job { get; init; }

    /// <summary>The name of the blob in <c>texts</c>.</summary>
    public required string Source { get; init; }

    public required string SourceETag { get; init; }

    /// <summary>Tells which of two versions of a source is the newer.</summary>
    public required DateTimeOffset SourceLastModified { get; init; }

    /// <summary>The source's format: the ending of its name, without that of a compression.</summary>
    public required string Format { get; init; }

    /// <summary>Whether shards read the staged text instead of the source, because no range of its bytes can be read alone.</summary>
    public bool Staged { get; init; }

    /// <summary>
    /// The charset of the bytes that shards read: <c>utf-8</c>, <c>shift_jis</c> (CP932), <c>euc-jp</c> or <c>eucjp-ms</c>.
    /// </summary>
    public required string Charset { get; init; }

    /// <summary>The source's charset, if its text was staged as UTF-8: <c>utf-16le</c>, <c>utf-16be</c> or <c>iso-2022-jp</c>.</summary>
    public string? TranscodedFrom { get; init; }

    /// <summary>
    /// Where lines end. In manifests of earlier releases <see langword="null"/>: at line feeds, and only ASCII white space is blank.
    /// </summary>
    public LineEnd? LineEnd { get; init; }

    /// <summary>The columns of the source that parts have, too, with their types; <see langword="null"/> when there are none.</summary>
    public IReadOnlyList<KeptColumn>? Kept { get; init; }

    /// <summary>
    /// The number of lines whose id a line before has, too; <see langword="null"/> where ids are the numbers of lines, and where there are
    /// more than four million.
    /// </summary>
    public long? DuplicateIds { get; init; }

    /// <summary>The range of vectors of 8 bits, the same in every part; <see langword="null"/> for other types.</summary>
    public VectorRange? VectorRange { get; init; }

    /// <summary>What goes before each text; <see langword="null"/> when nothing does.</summary>
    public JobPrompt? Prompt { get; init; }

    /// <summary>Where error rows are: 2 in <c>_errors/</c>, which readers of folders skip; 0 in <c>errors/</c>, as before.</summary>
    public int Layout { get; init; }

    /// <summary>The columns of a table (CSV, TSV); <see langword="null"/> for other formats.</summary>
    public TableLayout? Table { get; init; }

    public required JobOptions Options { get; init; }

    public required ModelDescription Model { get; init; }

    /// <summary>
    /// The complete job of the version of the source before, by the same model, whose vectors are copied for texts that are the same;
    /// <see langword="null"/> when there is none. It may have been deleted since.
    /// </summary>
    public string? Previous { get; init; }

    /// <summary>The number of lines that are not blank.</summary>
    public required long Texts { get; init; }

    public required long Lines { get; init; }

    public required DateTimeOffset CreatedOn { get; init; }

    public required IReadOnlyList<ShardRange> Shards { get; init; }

    /// <summary>The error file of a shard, in the container <c>embeddings</c>.</summary>
    internal string ErrorFile(int shard) => StorageNames.Errors(Source, Job, shard, Layout);

    /// <summary>How shards read their records.</summary>
    internal RecordLayout Records => new(SourceFormat.FromName(Source), Charset, Options.ToColumns(), Kept, Table, LineEnd, TranscodedFrom);

    /// <summary>Why this cannot be the manifest of the job: each has shards, and all texts are in them.</summary>
    internal string? ProblemAs(string job) =>
        Job != job ? $"it is the manifest of job '{Job}'."
        : Source.Length == 0 ? "it names no source."
        : Shards.Count == 0 || Shards.Any(shard => shard is not { Offset: >= 0, Bytes: > 0, Texts: >= 0 })
            || Shards.Aggregate(0L, (texts, shard) => unchecked(texts + shard.Texts)) != Texts
            ? $"its {Shards.Count} shards do not hold its {Texts} texts."
        : SourceFormat.TryFromName(Source) is { IsTable: true } != Table is not null ? "it does not say where its columns are."
        : Table is { } table && (table.Kept.Count != (Kept?.Count ?? 0)
            || table.Kept.Append(table.Text).Append(table.Id ?? 0).Any(column => column < 0 || column >= table.Columns))
            ? $"its {table.Columns} columns do not hold those that it names."
            : null;
}
