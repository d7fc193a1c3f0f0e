namespace SimCse.Functions.Jobs;

/// <summary>A submission whose job is not known.</summary>
/// <param name="Submission">The submission's id, for <c>GET /api/jobs/{submission}</c>.</param>
/// <param name="State"><c>planning</c>, or <c>failed</c> when there will be no job.</param>
/// <param name="Reason">The reason for the failure.</param>
internal sealed record SubmissionReply(string Submission, string State, string? Reason = null);
