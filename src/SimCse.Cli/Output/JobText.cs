using System.Globalization;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Cli.Output;

/// <summary>Describes jobs for people.</summary>
internal static class JobText
{
    /// <summary>Describes a finished job in one line: the result and its place.</summary>
    public static string Outcome(JobStatus status) => status.State == JobStatus.Succeeded
        ? $"{status.Source}: {Amount.Of(status.Rows, "row")}, {Amount.Of(status.Errors, "error")}, {Amount.Of(status.Shards, "shard")} → " +
            $"{StorageNames.Embeddings}/{status.Output} (job {status.Job})"
        : $"{status.Source}: {status.State} (job {status.Job})";

    /// <summary>Describes many finished jobs in one line.</summary>
    public static string Outcome(IReadOnlyList<JobStatus> statuses) =>
        $"{Amount.Of(statuses.Count, "job")}: " +
        $"{string.Join(", ", statuses.CountBy(status => status.State).Select(state => $"{Amount.Of(state.Value)} {state.Key}"))}; " +
        $"{Amount.Of(statuses.Sum(status => status.Rows), "row")}, {Amount.Of(statuses.Sum(status => status.Errors), "error")}";

    /// <summary>The first of the lines that are no rows of a complete job, and where all of them are.</summary>
    public static IEnumerable<string> Errors(JobStatus status) => status.State != JobStatus.Succeeded ? [] :
    [
        .. (status.FirstErrors ?? []).Select(error => $"{status.Source}, line {Amount.Of(error.Line)}: {error.Reason}"),
        .. status.ErrorFile is { } file ? [$"all errors: {StorageNames.Embeddings}/{file}{More(status)}"] : Array.Empty<string>(),
    ];

    /// <summary>The names and values of everything that is known about a job.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(JobStatus status)
    {
        yield return ("job", status.Job);
        yield return ("source", $"{StorageNames.Texts}/{status.Source}");
        yield return ("state", status.State);
        if (status.Reason is { } reason)
        {
            yield return ("reason", reason);
        }

        if (status.Waits is { } waits)
        {
            yield return ("waits", waits);
        }

        if (status.Model is { } model)
        {
            yield return ("model", $"{model}{(status.Untrained ? ", UNTRAINED" : "")}, fingerprint {status.Fingerprint}");
        }

        if (status.Options is { } options)
        {
            yield return ("options", Options(options));
        }

        if (status.Prompt is { } prompt)
        {
            yield return ("prompt", $"{(prompt.Name is { } name ? $"{name}: " : "")}'{prompt.Text}'");
        }

        yield return ("texts", $"{Amount.Of(status.Texts)}, and {Amount.Of(status.Blank, "blank line")}");
        if (status.State == JobStatus.Running && status.Texts > 0)
        {
            var rate = Rate(status.TextsPerSecond, status.TimeLeft);
            yield return (
                "done", $"{Percent(status)}, {Amount.Of(status.TextsDone, "text")}{(rate.Length > 0 ? $"; {rate}" : "")}");
        }

        yield return (
            "shards", $"{Amount.Of(status.ShardsDone)} of {Amount.Of(status.Shards)} done, {Amount.Of(status.ShardsFailed)} failed");
        yield return ("rows", Rows(status));
        yield return ("tokens", Tokens(status.Tokens, status.Unknown));
        if (status.Arithmetics is { } arithmetics)
        {
            yield return (
                "arithmetic",
                string.Join("; ", arithmetics.Select(one => $"{one.Key} ({Amount.Of(one.Value, "shard")})")));
        }

        if (status.DuplicateIds > 0)
        {
            yield return ("ids", DuplicateIds(status.DuplicateIds.Value));
        }

        yield return (
            "errors",
            Amount.Of(status.Errors) + (status.ErrorFile is { } file ? $" → {StorageNames.Embeddings}/{file}{More(status)}" : ""));
        foreach (var error in status.FirstErrors ?? [])
        {
            yield return ("error", $"line {Amount.Of(error.Line)}: {error.Reason}");
        }

        yield return ("created", Time(status.CreatedOn));
        if (status.CompletedOn is not null)
        {
            yield return ("completed", Time(status.CompletedOn));
        }

        if (status.Output is { } output)
        {
            yield return ("output", $"{StorageNames.Embeddings}/{output}");
        }

        foreach (var failure in status.Failures)
        {
            yield return ("failure", $"{(failure.Shard is { } shard ? $"shard {Amount.Of(shard)}: " : "")}{failure.Reason}");
        }

        foreach (var note in status.Notes)
        {
            yield return ("note", note);
        }
    }

    /// <summary>A number of tokens, and how many of them the model does not know.</summary>
    public static string Tokens(long tokens, long? unknown) =>
        Amount.Of(tokens) + (unknown is { } count && tokens > 0 ? $", {Amount.Share(count, tokens)} of them [UNK]" : "");

    /// <summary>The share of a job's texts that are done.</summary>
    public static string Percent(JobStatus status) => status.Texts == 0 ? ""
        : status.TextsDone >= status.Texts && status.IsFinished ? "100 %"
        : $"{Amount.Of(Math.Min(99, 100 * status.TextsDone / status.Texts))} %";

    /// <summary>How fast a job is and how long it still takes; empty when nobody knows.</summary>
    public static string Rate(double? textsPerSecond, TimeSpan? left)
    {
        var rate = textsPerSecond is > 0 and var texts ? string.Create(CultureInfo.InvariantCulture, $"{texts:N0} texts/s") : "";
        return left is { } time ? $"{rate}{(rate.Length > 0 ? ", " : "")}{Duration(time)} left" : rate;
    }

    /// <summary>What a line in a list says of a job besides its figures: why it failed, what it waits for, or how long it takes.</summary>
    public static string Remark(JobStatus status) => status.Reason ?? (status switch
    {
        { State: JobStatus.Running, TextsDone: 0, Waits: { } waits } => $"waits {waits}",
        { State: JobStatus.Running } => Rate(status.TextsPerSecond, status.TimeLeft),
        _ => "",
    } is { Length: > 0 } now ? now : Note(status));

    /// <summary>Hours only where there are any.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalHours < 1 ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:N0}:{time:mm\\:ss}");

    /// <summary>A database that takes ids for keys would keep one row of several.</summary>
    public static string DuplicateIds(long lines) =>
        $"{Amount.Of(lines, "line")} {(lines == 1 ? "repeats the id" : "repeat ids")} of lines before; only line tells such rows apart";

    private static string Note(JobStatus status) => status.Notes switch
    {
        [] => "",
        [var note] => note,
        [var note, ..] => $"{note} And {Amount.Of(status.Notes.Count - 1, "more note")}.",
    };

    public static string Size(JobSize size) => $"{Amount.Of(size.Blobs, "blob")}, {Amount.Of(size.Bytes, "byte")}";

    public static string Time(DateTimeOffset? time) =>
        time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture) ?? "";

    private static string Rows(JobStatus status) =>
        $"{Amount.Of(status.Rows)}, {Amount.Of(status.Truncated)} of them truncated" +
        (status.Reused > 0 ? $", {Amount.Of(status.Reused)} copied from the version before" : "");

    /// <summary>Each shard has an error file of its own.</summary>
    private static string More(JobStatus status) => status.Shards > 1 ? " and those beside it" : "";

    private static string Options(JobOptions options) => string.Join(
        ", ",
        options.Normalize ? "normalized" : "not normalized",
        options.Dimensions is { } dimensions ? $"first {Amount.Of(dimensions)} dimensions" : "all dimensions",
        $"{(options.IncludeText ? "with text" : "without text")}" +
        $"{(options.ChunkOverlap is { } overlap ? $", long texts split ({Amount.Of(overlap, "token")} of overlap)" : "")}" +
        $"{(options.MaxErrors is { } limit ? $", at most {limit} errors" : "")}");
}
