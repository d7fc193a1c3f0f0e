namespace SimCse.Functions.Health;

/// <summary>The body of <c>/health/live</c> and <c>/health/ready</c>.</summary>
/// <param name="Status"><c>live</c>, <c>loading</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Reason">Why it is not ready.</param>
/// <param name="Model">When it is ready.</param>
/// <param name="Startup">When it is ready: how it came to that.</param>
internal sealed record HealthReply(string Status, string? Reason = null, ModelReply? Model = null, StartupReply? Startup = null);
