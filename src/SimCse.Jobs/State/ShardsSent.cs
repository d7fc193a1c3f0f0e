namespace SimCse.Jobs.State;

/// <summary>
/// <c>jobs/open/{job}.json</c>: which shards have been let into the queue. A portion is announced here before its messages are sent, and
/// stays in <see cref="Sending"/> until all of them are. The blob tells Reconcile that the job is at work; it is deleted after
/// <c>_SUCCESS</c>. Releases up to 0.1.0 wrote <c>jobs/{job}/sent.json</c> with <c>{"messages", "at"}</c> after they had sent all.
/// </summary>
/// <param name="At">When the blob was written.</param>
/// <param name="Sent">The shards below this index have been let in: all, if the blob does not say.</param>
/// <param name="Portion">The number of shards in the last portion.</param>
/// <param name="Sending">The portions whose messages may not all be sent yet; <see langword="null"/> when there are none.</param>
public sealed record ShardsSent(
    DateTimeOffset At, int Sent = int.MaxValue, int Portion = 0, IReadOnlyList<ShardPortion>? Sending = null)
{
    /// <summary>Nothing has been let in yet.</summary>
    internal static readonly ShardsSent None = new(default, Sent: 0);

    /// <summary>
    /// Whether the message of this shard lets in the next portion. In the second half of a portion that is the first shard, the one in the
    /// middle of the rest, and so on to the last one. If a process is killed at it, the next one continues, but several of them seldom come
    /// at once.
    /// </summary>
    internal bool CallsForMore(int shard, int shards) =>
        Sent < shards && Sent - shard is var left and > 0 && int.IsPow2(left) && left <= Math.Max(1, Portion / 2);

    /// <summary>The portions that were announced by the message of this shard, or by the planner when it is null.</summary>
    internal IEnumerable<ShardPortion> UnsentBy(int? shard) => (Sending ?? []).Where(portion => portion.By == shard);

    /// <summary>The state when a portion has been announced. If it is cut off at the job's end, its size is the whole one.</summary>
    internal ShardsSent Announce(ShardPortion portion, int size) =>
        this with { Sent = portion.To, Portion = size, Sending = [.. Sending ?? [], portion] };

    /// <summary>The state when the messages of a portion have been sent.</summary>
    internal ShardsSent Confirm(ShardPortion sent) =>
        this with { Sending = (Sending ?? []).Where(portion => portion != sent).ToArray() is { Length: > 0 } left ? left : null };
}

/// <summary>A run of a job's shards, whose messages are sent together.</summary>
/// <param name="From">The index of the first one.</param>
/// <param name="To">The index behind the last one.</param>
/// <param name="By">
/// The shard whose message announced it. Until all is sent, that message is not acknowledged, so it comes again if its process is killed.
/// <see langword="null"/> stands for the planner's message.
/// </param>
public readonly record struct ShardPortion(int From, int To, int? By = null);
