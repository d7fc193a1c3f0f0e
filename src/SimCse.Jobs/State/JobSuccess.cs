using SimCse.Inference;

namespace SimCse.Jobs.State;

/// <summary><c>_SUCCESS</c>: the job is complete, and these are all its parts.</summary>
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
    IReadOnlyList<JobPart> Parts);

/// <param name="Name">Of the blob in <c>embeddings</c>.</param>
/// <param name="Rows">In the part.</param>
/// <param name="Errors">Lines of the part's error file; there is none when 0.</param>
/// <param name="Bytes">Of the part.</param>
/// <param name="Sha256">Of the part; hexadecimal.</param>
/// <param name="StartedOn">When its shard was begun.</param>
/// <param name="TotalMs">From there until the part was ready to be committed; shards of one job run side by side.</param>
public sealed record JobPart(string Name, long Rows, long Errors, long Bytes, string Sha256, DateTimeOffset StartedOn, long TotalMs);

/// <summary><c>embeddings/{source}/latest.json</c>: the newest version of a source that is complete.</summary>
public sealed record LatestJob(
    string Job, string SourceETag, DateTimeOffset SourceLastModified, DateTimeOffset CreatedOn, string Fingerprint, string Path);
