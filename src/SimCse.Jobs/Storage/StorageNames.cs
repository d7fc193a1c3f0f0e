using System.Globalization;
using System.Text.RegularExpressions;

namespace SimCse.Jobs.Storage;

/// <summary>The names of containers, queues and blobs. The templates and the Functions app's bindings use the same names.</summary>
public static partial class StorageNames
{
    /// <summary>The container of the sources, which users upload.</summary>
    public const string Texts = "texts";

    /// <summary>
    /// The container of parts and <c>_SUCCESS</c>, below the name of their source, and of a record below <c>_latest</c> for each source.
    /// What is no part has a folder or a name that begins with <c>_</c>: pandas, pyarrow, Polars, Spark and others skip it.
    /// </summary>
    public const string Embeddings = "embeddings";

    /// <summary>The container of manifests, progress and all other state of jobs.</summary>
    public const string Jobs = "jobs";

    /// <summary>The container of bundles.</summary>
    public const string Models = "models";

    public const string PlanQueue = "plan";

    public const string ShardsQueue = "shards";

    /// <summary>The suffix that the Functions host adds to a queue's name for messages that failed too often.</summary>
    public const string PoisonSuffix = "-poison";

    /// <summary>The folder of the records that name the newest complete job of each source, in <see cref="Embeddings"/>.</summary>
    public const string LatestFolder = "_latest/";

    internal const string OldLatestSuffix = "/latest.json";
    internal const string Submissions = "submissions/";
    internal const string OpenJobs = "open/";
    internal const string Reconcile = "reconcile.json";
    internal const string Settings = "settings.json";
    internal const string Poison = "poison/";

    private const string LatestSuffix = ".json";

    /// <summary>The name of a source's blob metadata that holds the options of its job, as JSON.</summary>
    internal const string OptionsMetadata = "simcse_options";

    /// <summary>The folder of one job's output in <see cref="Embeddings"/>, with a slash at its end.</summary>
    public static string Output(string source, string job) => $"{source}/{job}/";

    public static string Part(string source, string job, int shard) => $"{Output(source, job)}part-{Number(shard)}.parquet";

    /// <summary>The layout of a job's output that this release writes.</summary>
    internal const int Layout = 2;

    /// <summary>The folder of error rows: readers of folders skip names that begin with <c>_</c>. Earlier releases had another.</summary>
    internal static string ErrorFolder(int layout) => layout >= Layout ? "_errors" : "errors";

    public static string Errors(string source, string job, int shard, int layout = Layout) =>
        $"{Output(source, job)}{ErrorFolder(layout)}/part-{Number(shard)}.jsonl";

    /// <summary>The stem of merged part number <paramref name="index"/>; another attempt has other names.</summary>
    internal static string MergedStem(string attempt, int index) => $"part-c{attempt}-{Number(index)}";

    /// <summary>Whether a file of a job's folder has the name of a part.</summary>
    public static bool IsPart(string file) => PartPattern().IsMatch(file);

    /// <summary>The name of a part without folder and ending; that of the shard, if the name is none that simcse writes.</summary>
    internal static string PartStem(string part, int index) => part[(part.LastIndexOf('/') + 1)..] is var file && IsPart(file)
        ? file[..^".parquet".Length]
        : $"part-{Number(index)}";

    public static string Success(string source, string job) => $"{Output(source, job)}_SUCCESS";

    /// <summary>
    /// The blob that names the newest complete job of a source. All of them are in one folder, so that a listing of it says what is
    /// current.
    /// </summary>
    public static string Latest(string source) => $"{LatestFolder}{source}{LatestSuffix}";

    /// <summary>The source of a blob that <see cref="Latest"/> names; <see langword="null"/> when the name is another.</summary>
    public static string? TryGetLatest(string blob) =>
        blob.StartsWith(LatestFolder, StringComparison.Ordinal) && blob.EndsWith(LatestSuffix, StringComparison.Ordinal)
            && blob.Length > LatestFolder.Length + LatestSuffix.Length
            ? blob[LatestFolder.Length..^LatestSuffix.Length]
            : null;

    /// <summary>Where earlier releases had <see cref="Latest"/>.</summary>
    internal static string OldLatest(string source) => $"{source}{OldLatestSuffix}";

    internal static string Manifest(string job) => $"{job}/job.json";

    /// <summary>The staged text of a source that cannot be read from the middle: decompressed, and in UTF-8 if it was UTF-16.</summary>
    internal static string StagedText(string job) => $"{job}/text";

    /// <summary>Which shards have been let into the queue; it is there for as long as the job is at work.</summary>
    internal static string Open(string job) => $"{OpenJobs}{job}.json";

    /// <summary>What <see cref="Open"/> was, while a cancelled or failed job waits for a user; older releases had no other.</summary>
    internal static string Sent(string job) => $"{job}/sent.json";

    internal static string Progress(string job) => $"{job}/progress";

    /// <summary>Says that the source is an archive whose members are sources now.</summary>
    internal static string Unpacked(string job) => $"{job}/unpacked.json";

    internal static string Failed(string job) => $"{job}/failed.json";

    /// <summary>Says that a user, or the app's retention, wants the job to be gone.</summary>
    internal static string Deleted(string job) => $"{job}/deleted.json";

    internal static string Cancelled(string job) => $"{job}/cancelled.json";

    /// <summary>How many lines may fail, if somebody has asked for another limit than the manifest has.</summary>
    internal static string Limit(string job) => $"{job}/limit.json";

    /// <summary>The arithmetic that an app keeps the job to, where it is strict.</summary>
    internal static string Arithmetic(string job) => $"{job}/arithmetic";

    internal static string Runnings(string job) => $"{job}/running/";

    /// <summary>How far a shard is that is being encoded.</summary>
    internal static string Running(string job, int shard) => $"{Runnings(job)}{Number(shard)}";

    internal static string Failures(string job) => $"{job}/failures/";

    internal static string Attempts(string job) => $"{job}/attempts/";

    internal static string Resents(string job) => $"{job}/resent/";

    internal static string Failure(string job, int shard) => $"{Failures(job)}{Number(shard)}.json";

    /// <summary>The last error of a shard, or of the plan, that will be tried again.</summary>
    internal static string Attempt(string job, int? shard) => $"{Attempts(job)}{NumberOrPlan(shard)}.json";

    /// <summary>How often a shard, or the plan, was sent again because its host had ended.</summary>
    internal static string Resent(string job, int? shard) => $"{Resents(job)}{NumberOrPlan(shard)}.json";

    /// <summary>The shard that <see cref="Running"/> names; <see langword="null"/> when the name is another.</summary>
    internal static int? TryGetRunning(string blob, string job) =>
        blob.StartsWith(Runnings(job), StringComparison.Ordinal)
            && int.TryParse(blob.AsSpan()[Runnings(job).Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            ? shard
            : null;

    /// <summary>The shard of a record below one of a job's folders; <see langword="null"/> when the name is none of a shard.</summary>
    internal static int? TryGetShard(string blob, string folder) =>
        blob.StartsWith(folder, StringComparison.Ordinal) && blob.EndsWith(".json", StringComparison.Ordinal)
            && int.TryParse(blob.AsSpan()[folder.Length..^".json".Length], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            ? shard
            : null;

    internal static string Submission(string submission) => $"{Submissions}{submission}.json";

    [GeneratedRegex(@"^part-(c[0-9a-z]{8}-)?\d{5}\.parquet\z")]
    private static partial Regex PartPattern();

    private static string NumberOrPlan(int? shard) => shard is { } number ? Number(number) : "plan";

    private static string Number(int shard) => shard.ToString("00000", CultureInfo.InvariantCulture);
}
