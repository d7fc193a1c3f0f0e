namespace SimCse.Jobs.State;

/// <summary>Why a job, or one shard of it, failed.</summary>
/// <param name="Reason">What was found, what was expected, and where.</param>
/// <param name="At">When the failure was recorded.</param>
/// <param name="Shard">The shard's index, from 0; <see langword="null"/> for the whole job.</param>
/// <param name="Source">The source of a failed plan, so that it can be tried again; <see langword="null"/> for a shard.</param>
/// <param name="SourceETag">The source's version, for a failed plan only.</param>
/// <param name="Options">The job's options, for a failed plan only; <see langword="null"/> when they are not understood.</param>
/// <param name="Message">The message of a plan that was not understood, which a retry sends again.</param>
public sealed record JobFailure(
    string Reason, DateTimeOffset At, int? Shard = null, string? Source = null, string? SourceETag = null, JobOptions? Options = null,
    string? Message = null);
