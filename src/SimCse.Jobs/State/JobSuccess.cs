using System.Text.Json.Serialization;
using SimCse.Inference;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// <c>_SUCCESS</c>: the job is complete, and these are all its parts. Each of its texts is in a row, or in several where long texts are
/// split, or is an error.
/// </summary>
public sealed record JobSuccess(
    string Job,
    string Source,
    string SourceETag,
    ModelDescription Model,
    JobOptions Options,
    long Texts,
    long Rows,
    long Errors,
    long Tokens,
    long Truncated,
    long EncodeMs,
    DateTimeOffset CreatedOn,
    DateTimeOffset CompletedOn,
    IReadOnlyList<JobPart> Parts)
{
    /// <summary>How many of the tokens are [UNK]; <see langword="null"/> when an earlier release wrote a part.</summary>
    public long? Unknown { get; init; }

    /// <summary>The number of rows whose vector was copied from the version of the source before.</summary>
    public long Reused { get; init; }

    /// <summary>The number of lines that repeat an id, as in <see cref="JobManifest.DuplicateIds"/>.</summary>
    public long? DuplicateIds { get; init; }

    /// <summary>What went before each text, as in <see cref="JobManifest.Prompt"/>.</summary>
    public JobPrompt? Prompt { get; init; }

    /// <summary>
    /// How many shards were encoded in each arithmetic (<see cref="Parts.ArithmeticLabel"/>); <see langword="null"/> when earlier releases
    /// encoded them all. Merging parts does not change it.
    /// </summary>
    public IReadOnlyDictionary<string, int>? Arithmetics { get; init; }

    /// <summary>Where error rows are, as in <see cref="JobManifest.Layout"/>.</summary>
    public int Layout { get; init; }

    /// <summary>The compaction that merged the parts; <see langword="null"/> while each is that of a shard.</summary>
    public string? Compaction { get; init; }

    /// <summary>The compaction that is at work, or was killed over it: parts that are not listed may be its own.</summary>
    public string? Compacting { get; init; }

    /// <summary>The folder of error files within the job's folder.</summary>
    [JsonIgnore]
    public string ErrorFolder => StorageNames.ErrorFolder(Layout);

    /// <summary>
    /// A part's path within the job's folder, in storage and on disk. Whatever the record says, it is none of another folder.
    /// </summary>
    public string PartFile(int index) => $"{StorageNames.PartStem(Parts[index].Name, index)}.parquet";

    /// <summary>The path of the part's error file within the job's folder, which exists when the part has errors.</summary>
    public string ErrorFile(int index) =>
        $"{ErrorFolder}/{StorageNames.PartStem(Parts[index].Name, index)}.jsonl";
}

/// <param name="Name">The name of the blob in <c>embeddings</c>.</param>
/// <param name="Rows">The number of rows in the part.</param>
/// <param name="Errors">The number of lines of the part's error file, which does not exist when this is 0.</param>
/// <param name="Bytes">The size of the part.</param>
/// <param name="Sha256">The part's SHA-256, hexadecimal.</param>
/// <param name="StartedOn">When work on the shard began. The first releases did not say.</param>
/// <param name="TotalMs">The milliseconds from then until the part was ready to be committed. Shards of one job run side by side.</param>
public sealed record JobPart(
    string Name, long Rows, long Errors, long Bytes, string Sha256, DateTimeOffset StartedOn = default, long TotalMs = 0)
{
    /// <summary>The number of texts in the rows; <see langword="null"/> when it is that of the rows, because none was split.</summary>
    public long? Texts { get; init; }

    /// <summary>The number of lines of the source that the part and its error file hold, blank ones not counted.</summary>
    internal long Lines => (Texts ?? Rows) + Errors;
}
