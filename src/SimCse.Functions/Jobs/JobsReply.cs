using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>The body of <c>GET /api/jobs</c>.</summary>
/// <param name="Jobs">The jobs, the newest first.</param>
/// <param name="Rejected">The messages that belonged to no job.</param>
/// <param name="Unplanned">About how many sources wait to be planned.</param>
internal sealed record JobsReply(IReadOnlyList<JobStatus> Jobs, IReadOnlyList<RejectedMessage> Rejected, int Unplanned);
