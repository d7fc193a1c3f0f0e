namespace SimCse.Jobs.State;

/// <summary>Why a job, or one shard of it, failed.</summary>
/// <param name="Reason">What was found, what was expected, and where.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Shard">Its index from 0; <see langword="null"/> for the whole job.</param>
/// <param name="Source">With a failed plan, so that it can be tried again.</param>
/// <param name="SourceETag">With a failed plan.</param>
/// <param name="Options">With a failed plan.</param>
public sealed record JobFailure(
    string Reason, DateTimeOffset At, int? Shard = null, string? Source = null, string? SourceETag = null, JobOptions? Options = null);
