using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>The body of <c>GET /api/jobs</c>.</summary>
/// <param name="Jobs">The jobs, the newest first.</param>
/// <param name="Rejected">The messages that belonged to no job.</param>
/// <param name="Unplanned">About how many sources wait to be planned.</param>
/// <param name="ContinuationToken">For the query of the next part; <see langword="null"/> when this is the last one.</param>
internal sealed record JobsReply(
    IReadOnlyList<JobStatus> Jobs, IReadOnlyList<RejectedMessage> Rejected, int Unplanned, string? ContinuationToken);
