namespace SimCse.Jobs.State;

/// <summary><c>jobs/{job}/sent.json</c>: the messages of all shards of the job have been sent.</summary>
/// <param name="Messages">The number of messages.</param>
/// <param name="At">When the last message was sent.</param>
public sealed record ShardsSent(int Messages, DateTimeOffset At);
