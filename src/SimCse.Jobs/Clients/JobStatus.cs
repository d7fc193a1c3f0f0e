using System.Text.Json;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>The status of a job, read from storage only.</summary>
public sealed record JobStatus
{
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>A record of the job is broken, or of a newer release; the reason says which, and what to do.</summary>
    public const string Unreadable = "unreadable";

    public required string Job { get; init; }

    public required string Source { get; init; }

    public string? SourceETag { get; init; }

    /// <summary>
    /// <see cref="Running"/>, <see cref="Succeeded"/>, <see cref="Failed"/>, <see cref="Cancelled"/> or <see cref="Unreadable"/>.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Why the job, or its first failed shard, failed, or why it cannot be read.</summary>
    public string? Reason { get; init; }

    /// <summary>What a running job waits for, if it is something other than its own work.</summary>
    public string? Waits { get; init; }

    public string? Model { get; init; }

    public string? Fingerprint { get; init; }

    public bool Untrained { get; init; }

    public JobOptions? Options { get; init; }

    /// <summary>The number of lines that are not blank. In a complete job it is <see cref="Rows"/> + <see cref="Errors"/>.</summary>
    public long Texts { get; init; }

    /// <summary>The number of lines that are empty or hold only white space.</summary>
    public long Blank { get; init; }

    public int Shards { get; init; }

    public int ShardsDone { get; init; }

    public int ShardsFailed { get; init; }

    public long Rows { get; init; }

    public long Errors { get; init; }

    public long Tokens { get; init; }

    public long Truncated { get; init; }

    public DateTimeOffset? CreatedOn { get; init; }

    public DateTimeOffset? CompletedOn { get; init; }

    /// <summary>The folder of the parts in the container <c>embeddings</c>.</summary>
    public string? Output { get; init; }

    /// <summary>The message of a plan that was not understood, which a retry sends again.</summary>
    internal string? Message { get; init; }

    /// <summary>The failures of single shards.</summary>
    public IReadOnlyList<JobFailure> Failures { get; init; } = [];

    /// <summary>What has happened to the job without being a failure, for example a shard that was sent again.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether the job has ended. Nothing more happens unless a user asks for it.</summary>
    public bool IsFinished => State != Running;

    /// <summary>The record that makes the job <see cref="Unreadable"/>; <see langword="null"/> when storage refuses to return it.</summary>
    internal UnreadableRecordException? BrokenRecord { get; private init; }

    /// <param name="job">The job's id.</param>
    /// <param name="manifest">The job's manifest; <see langword="null"/> when it, or the record of the failed plan, is broken.</param>
    /// <param name="problem">Why a record of the job cannot be read.</param>
    internal static JobStatus FromProblem(string job, JobManifest? manifest, Exception problem)
    {
        var broken = problem as UnreadableRecordException;
        var known = manifest is not null ? Of(manifest) : FromMembers(job, StoredRecord.Members((broken?.Content ?? default).Span));
        return known with
        {
            State = Unreadable,
            Reason = broken is null or { IsNewer: true } ? JobStorage.Describe(problem)
                : known.Options is not null ? $"{problem.Message} 'simcse jobs retry {job}' drops it; parts that are done stay."
                : $"{problem.Message} Submit the source again, with its options; parts that are done stay.",
            BrokenRecord = broken,
        };
    }

    /// <summary>What is left of a broken manifest or of the record of a failed plan: both have these members.</summary>
    private static JobStatus FromMembers(string job, Dictionary<string, JsonElement> members) => new()
    {
        Job = job,
        Source = members.TryGetValue("source", out var source) && source.ValueKind == JsonValueKind.String ? source.GetString()! : "",
        State = Unreadable,
        Options = source.ValueKind == JsonValueKind.String && members.TryGetValue("options", out var options)
            ? TryReadOptions(options)
            : null,
    };

    private static JobOptions? TryReadOptions(JsonElement options)
    {
        try
        {
            return options.Deserialize(JobsJson.Default.JobOptions);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static JobStatus FromFailure(string job, JobFailure failure) => new()
    {
        Job = job,
        Source = failure.Source ?? "",
        SourceETag = failure.SourceETag,
        State = Failed,
        Reason = failure.Reason,
        Options = failure.Options,
        Message = failure.Message,
        CreatedOn = failure.At,
    };

    /// <summary>Failures of a complete job are parts that were deleted since.</summary>
    internal static JobStatus FromSuccess(JobManifest manifest, JobSuccess success, IReadOnlyList<JobFailure> failures) => Of(manifest) with
    {
        State = Succeeded,
        Reason = failures.Count > 0 ? failures[0].Reason : null,
        Failures = failures,
        ShardsDone = success.Parts.Count,
        Rows = success.Rows,
        Errors = success.Errors,
        Tokens = success.Tokens,
        Truncated = success.Truncated,
        CompletedOn = success.CompletedOn,
    };

    /// <summary>A job has failed when every shard has finished or failed, and at least one has failed. Until then it is running.</summary>
    internal static JobStatus FromProgress(
        JobManifest manifest, IReadOnlyDictionary<int, ProgressRecord> done, IReadOnlyList<JobFailure> failures,
        IReadOnlyList<string> notes, bool cancelled)
    {
        var failed = failures.Count > 0 && failures.Count + done.Count >= manifest.Shards.Count;
        return Of(manifest) with
        {
            State = cancelled ? Cancelled : failed ? Failed : Running,
            Reason = failures.Count > 0 ? failures[0].Reason : null,
            ShardsDone = done.Count,
            ShardsFailed = failures.Count,
            Rows = done.Values.Sum(shard => shard.Rows),
            Errors = done.Values.Sum(shard => shard.Errors),
            Tokens = done.Values.Sum(shard => shard.Tokens),
            Truncated = done.Values.Sum(shard => shard.Truncated),
            Failures = failures,
            Notes = notes,
        };
    }

    private static JobStatus Of(JobManifest manifest) => new()
    {
        Job = manifest.Job,
        Source = manifest.Source,
        SourceETag = manifest.SourceETag,
        State = Running,
        Model = manifest.Model.Name,
        Fingerprint = manifest.Model.Fingerprint,
        Untrained = manifest.Model.Untrained,
        Options = manifest.Options,
        Texts = manifest.Texts,
        Blank = manifest.Lines - manifest.Texts,
        Shards = manifest.Shards.Count,
        CreatedOn = manifest.CreatedOn,
        Output = StorageNames.Output(manifest.Source, manifest.Job),
    };
}
