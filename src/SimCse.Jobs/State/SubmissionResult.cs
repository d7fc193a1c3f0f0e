namespace SimCse.Jobs.State;

/// <summary>What became of a submission: the planner knows the model, and so the job's id; the submitter does not.</summary>
/// <param name="Job">Its id; <see langword="null"/> when not even that could be found, because no model could be loaded.</param>
/// <param name="Error">Why it could not be planned; <see langword="null"/> when it was.</param>
public sealed record SubmissionResult(string? Job, string? Error);
