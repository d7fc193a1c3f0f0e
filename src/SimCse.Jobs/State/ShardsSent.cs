namespace SimCse.Jobs.State;

/// <summary><c>jobs/{job}/sent.json</c>: all messages of the job's shards are in the queue, or were.</summary>
/// <param name="Messages">How many.</param>
/// <param name="At">When the last was sent.</param>
public sealed record ShardsSent(int Messages, DateTimeOffset At);
