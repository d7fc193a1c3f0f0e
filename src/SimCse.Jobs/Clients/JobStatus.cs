using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>The status of a job, read from storage only.</summary>
public sealed record JobStatus
{
    private const int RecentShards = 64;
    private const int FirstYear = 1970;

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

    /// <summary>What goes before each text; <see langword="null"/> when nothing does.</summary>
    public JobPrompt? Prompt { get; init; }

    /// <summary>
    /// The number of lines that are not blank. In a complete job it is <see cref="Rows"/> + <see cref="Errors"/>, unless long texts are
    /// split and so have several rows.
    /// </summary>
    public long Texts { get; init; }

    /// <summary>The number of lines that are empty or hold only white space.</summary>
    public long Blank { get; init; }

    public int Shards { get; init; }

    public int ShardsDone { get; init; }

    public int ShardsFailed { get; init; }

    public long Rows { get; init; }

    public long Errors { get; init; }

    /// <summary>The first lines that are no rows, one for each reason; <see langword="null"/> when there are none, and in lists.</summary>
    public IReadOnlyList<ErrorRow>? FirstErrors { get; init; }

    /// <summary>The first of the job's error files, in the container <c>embeddings</c>.</summary>
    public string? ErrorFile { get; init; }

    /// <summary>How many texts of shards that are being encoded are done. They are not among <see cref="Rows"/> yet.</summary>
    public long TextsRunning { get; init; }

    /// <summary>The number of texts that are done.</summary>
    [JsonIgnore]
    public long TextsDone => Math.Min(Texts, TextsEncoded + Errors + TextsRunning);

    /// <summary>The number of texts in the rows of the shards that are done.</summary>
    private long TextsEncoded { get; init; }

    /// <summary>The texts per second of the last shards; <see langword="null"/> when nobody knows.</summary>
    public double? TextsPerSecond { get; init; }

    /// <summary>The time that a running job still takes at this rate.</summary>
    [JsonIgnore]
    public TimeSpan? TimeLeft => State == Running && TextsPerSecond is > 0 and var rate
        ? TimeSpan.FromSeconds(Math.Min((Texts - TextsDone) / rate, int.MaxValue))
        : null;

    public long Tokens { get; init; }

    /// <summary>How many of the tokens are [UNK]; <see langword="null"/> when an earlier release did not count them.</summary>
    public long? Unknown { get; init; }

    /// <summary>The number of lines that repeat an id, as in <see cref="JobManifest.DuplicateIds"/>.</summary>
    public long? DuplicateIds { get; init; }

    public long Truncated { get; init; }

    /// <summary>The number of rows whose vector was copied from the version of the source before.</summary>
    public long Reused { get; init; }

    /// <summary>
    /// How many shards of a complete job were encoded in each arithmetic (<see cref="ArithmeticLabel"/>), as <c>_SUCCESS</c> says;
    /// <see langword="null"/> when it does not, and before: who watches a job should not list all of its parts again and again.
    /// </summary>
    public IReadOnlyDictionary<string, int>? Arithmetics { get; init; }

    public DateTimeOffset? CreatedOn { get; init; }

    public DateTimeOffset? CompletedOn { get; init; }

    /// <summary>The folder of the parts in the container <c>embeddings</c>.</summary>
    public string? Output { get; init; }

    /// <summary>The message of a plan that was not understood, which a retry sends again.</summary>
    internal string? Message { get; init; }

    /// <summary>The failures of single shards.</summary>
    public IReadOnlyList<JobFailure> Failures { get; init; } = [];

    /// <summary>Whether the job failed because too many of its lines are bad, and not for want of a try.</summary>
    [JsonIgnore]
    public bool HasTooManyErrors { get; private init; }

    /// <summary>Why the job cannot be tried again; <see langword="null"/> when it can.</summary>
    /// <param name="limit">The limit by which bad lines are to be judged from now on, if any.</param>
    public string? RetryProblem(ErrorLimit? limit = null) => (State, Failures.Count) switch
    {
        _ when IsBeingDeleted => $"Job {Job} is being deleted; 'simcse jobs delete {Job}' goes on with it.",
        (Succeeded, 0) => $"Job {Job} is complete; there is nothing to try again.",
        (Running, 0) => $"Job {Job} is running and nothing of it has failed; there is nothing to try again.",
        _ when HasTooManyErrors && (limit is null || !ErrorLimit.Allows(limit, Errors, Texts)) =>
            $"Job {Job} is done, and another try would find the same: {Reason} Correct the source and submit it again, or accept the job " +
            $"as it is with 'simcse jobs retry {Job} --max-errors 100%'.",
        _ => null,
    };

    /// <summary>Why the job cannot be deleted; <see langword="null"/> when it can.</summary>
    [JsonIgnore]
    public string? DeleteProblem => State == Running ? $"Job {Job} is running; cancel it first with 'simcse jobs cancel {Job}'." : null;

    /// <summary>Why the job cannot be cancelled; <see langword="null"/> when it can, or is.</summary>
    [JsonIgnore]
    public string? CancelProblem => State is Running or Cancelled
        ? null
        : $"Job {Job} is {State}; there is nothing to cancel.{(Reason is null ? "" : $" {Reason}")}";

    /// <summary>Whether a deletion of the job was begun, and has not come to its end.</summary>
    [JsonIgnore]
    public bool IsBeingDeleted { get; init; }

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
        ShardsDone = manifest.Shards.Count,
        Rows = success.Rows,
        Errors = success.Errors,
        TextsEncoded = success.Parts.Sum(part => part.Texts ?? part.Rows),
        Tokens = success.Tokens,
        Unknown = success.Unknown,
        Truncated = success.Truncated,
        Reused = success.Reused,
        Arithmetics = success.Arithmetics,
        Notes = MixNotes(manifest, success.Arithmetics),
        CompletedOn = success.CompletedOn,
        TextsPerSecond = Rate(
            success.Parts.Select(part => (part.Lines, part.StartedOn, part.StartedOn.AddMilliseconds(part.TotalMs))),
            int.MaxValue),
        ErrorFile = success.Parts.Index().FirstOrDefault(part => part.Item.Errors > 0, (-1, null!)).Index is var first and >= 0
            ? StorageNames.Output(manifest.Source, manifest.Job) + success.ErrorFile(first)
            : null,
    };

    /// <summary>
    /// A job has failed when every shard has finished or failed, and at least one has failed, or more lines are bad than may be. Until
    /// then it is running.
    /// </summary>
    internal static JobStatus FromProgress(
        JobManifest manifest, IReadOnlyDictionary<int, ProgressRecord> done, IReadOnlyList<JobFailure> failures,
        IReadOnlyList<string> notes, bool cancelled, ErrorLimit? limit, IReadOnlyDictionary<int, ShardProgress> running)
    {
        List<ShardProgress> shards = [.. running.Where(shard => !done.ContainsKey(shard.Key)).Select(shard => shard.Value)];
        var errors = done.Values.Sum(shard => shard.Errors);
        var tooMany = done.Count >= manifest.Shards.Count && !ErrorLimit.Allows(limit, errors, manifest.Texts);
        var failed = tooMany || (failures.Count > 0 && failures.Count + done.Count >= manifest.Shards.Count);
        return Of(manifest) with
        {
            State = cancelled ? Cancelled : failed ? Failed : Running,
            HasTooManyErrors = tooMany && !cancelled,
            TextsRunning = shards.Sum(shard => shard.Texts),
            TextsPerSecond = Rate(
                [
                    .. done.Values.Select(shard => (
                        shard.Texts + shard.Errors, DateTimeOffset.FromUnixTimeMilliseconds(shard.StartedMs),
                        DateTimeOffset.FromUnixTimeMilliseconds(shard.StartedMs + shard.TotalMs))),
                    .. shards.Select(shard => (shard.Texts, shard.StartedOn, shard.At)),
                ],
                RecentShards),
            Options = manifest.Options with { MaxErrors = limit },
            ErrorFile = ErrorFileOf(
                manifest, done.Where(shard => shard.Value.Errors > 0).Select(shard => shard.Key).DefaultIfEmpty(-1).Min()),
            Reason = failures.Count > 0 ? failures[0].Reason : null,
            ShardsDone = done.Count,
            ShardsFailed = failures.Count,
            Rows = done.Values.Sum(shard => shard.Rows),
            Errors = errors,
            TextsEncoded = done.Values.Sum(shard => shard.Texts),
            Tokens = done.Values.Sum(shard => shard.Tokens),
            Unknown = done.Values.Aggregate((long?)0, (unknown, shard) => unknown + shard.Unknown),
            Truncated = done.Values.Sum(shard => shard.Truncated),
            Reused = done.Values.Sum(shard => shard.Reused),
            Failures = failures,
            Notes = notes,
        };
    }

    /// <summary>The status with its first errors; a job that failed by them says what they are, and what to do.</summary>
    internal JobStatus WithFirstErrors(IReadOnlyList<ErrorRow> errors)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{Errors:N0} of its {Texts:N0} lines could not be encoded");
        return this with
        {
            FirstErrors = errors.Count > 0 ? errors : null,
            Reason = !HasTooManyErrors ? Reason : string.Join(
                ' ',
                [
                    Errors == Texts ? $"None of its {Count(Texts, "line")} could be encoded." : $"{number}; {Options?.MaxErrors} may fail.",
                    .. errors.Take(1).Select(error => string.Create(CultureInfo.InvariantCulture, $"Line {error.Line}: {error.Reason}")),
                    $"All are in {StorageNames.Embeddings}/{ErrorFile}{(errors.Count > 1 ? ", with other reasons, too" : "")}.",
                ]),
        };
    }

    /// <summary>The rate of the shards that ended last: a job may have been cancelled for a while, or run on fewer instances.</summary>
    private static double? Rate(IEnumerable<(long Texts, DateTimeOffset Start, DateTimeOffset End)> shards, int count)
    {
        var last = shards.Where(shard => shard.End > shard.Start && shard.Start.Year > FirstYear) // the first releases recorded no times
            .OrderByDescending(shard => shard.End).Take(count).ToList();
        return last.Count == 0
            ? null
            : Math.Round(last.Sum(shard => shard.Texts) / (last.Max(shard => shard.End) - last.Min(shard => shard.Start)).TotalSeconds, 1);
    }

    private static string[] MixNotes(JobManifest manifest, IReadOnlyDictionary<string, int>? arithmetics) =>
        arithmetics is not { Count: > 1 } || !ArithmeticLabel.Matters(manifest.Model.Precision) ? [] :
        [
            $"Its parts come from {arithmetics.Count} kinds of machine, whose vectors of one text differ by more than rounding, as 8-bit " +
            "products overflow on some processors: encode it on one kind, to which Jobs__Arithmetic=strict keeps a job.",
        ];

    private static string Count(long number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {noun}{(number == 1 ? "" : "s")}");

    private static string? ErrorFileOf(JobManifest manifest, int shard) =>
        shard < 0 ? null : manifest.ErrorFile(shard);

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
        Prompt = manifest.Prompt,
        Texts = manifest.Texts,
        Blank = manifest.Lines - manifest.Texts,
        DuplicateIds = manifest.DuplicateIds,
        Shards = manifest.Shards.Count,
        CreatedOn = manifest.CreatedOn,
        Output = StorageNames.Output(manifest.Source, manifest.Job),
    };
}
