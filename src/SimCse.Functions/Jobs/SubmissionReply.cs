namespace SimCse.Functions.Jobs;

/// <summary>A submission that no job is known of.</summary>
/// <param name="Submission">To ask again with: <c>GET /api/jobs/{submission}</c>.</param>
/// <param name="State"><c>planning</c>, or <c>failed</c> when there will be none.</param>
/// <param name="Reason">Why it failed.</param>
internal sealed record SubmissionReply(string Submission, string State, string? Reason = null);
