using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>The body of <c>GET /api/jobs</c>.</summary>
/// <param name="Jobs">The newest first.</param>
/// <param name="Rejected">Messages that were no job's.</param>
internal sealed record JobsReply(IReadOnlyList<JobStatus> Jobs, IReadOnlyList<RejectedMessage> Rejected);
