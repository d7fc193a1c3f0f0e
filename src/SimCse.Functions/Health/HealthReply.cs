namespace SimCse.Functions.Health;

/// <summary>The body of <c>/health/live</c> and <c>/health/ready</c>.</summary>
/// <param name="Status"><c>live</c>, <c>loading</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Reason">The reason why the model is not ready.</param>
/// <param name="Model">The model, once it is ready.</param>
/// <param name="Startup">The times of the start, once the model is ready.</param>
internal sealed record HealthReply(string Status, string? Reason = null, ModelReply? Model = null, StartupReply? Startup = null);
