using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Health;

/// <summary>
/// <c>GET /health/live</c> says that the process answers. <c>GET /health/ready</c> says whether the model is warm, or why it is not.
/// <c>GET /health</c> is text-embeddings-inference's: 200 with an empty body when the model is warm, otherwise 503 with the reason.
/// </summary>
public sealed class HealthFunction(WarmEncoder encoder, HttpEncoder httpEncoder, StartupTimes startup)
{
    internal static readonly Operations<HealthFunction> Operations = new(
        ("GET /health", (health, request) => health.ForTeiAsync(request.HttpContext)),
        ("GET /health/live", (_, _) => Task.FromResult(Replies.Json(new HealthReply("live"), Replies.Types.HealthReply))),
        ("GET /health/ready", (health, request) => health.ReadyAsync(request.HttpContext.RequestAborted)));

    [Function(RequestKeys.OpenFunction)]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/{probe?}")] HttpRequest request) =>
        Operations.RunAsync(this, request, request.RouteValues["probe"] is { } probe ? $"/health/{probe}" : "/health");

    private async Task<IResult> ForTeiAsync(HttpContext context)
    {
        await httpEncoder.ReadyAsync(context.RequestAborted);
        return TypedResults.Ok();
    }

    private async Task<IResult> ReadyAsync(CancellationToken cancellationToken)
    {
        var status = encoder.Status;
        if (status.State == WarmEncoderState.Ready)
        {
            var loaded = await encoder.GetAsync(cancellationToken);
            var ready = new HealthReply("ready", Model: new ModelReply(loaded.Bundle.Model, loaded.Device), Startup: startup.ToReply());
            return Replies.Json(ready, Replies.Types.HealthReply);
        }

        var waiting = new HealthReply(status.State == WarmEncoderState.Failed ? "failed" : "loading", status.Reason);
        return Replies.Json(waiting, Replies.Types.HealthReply, StatusCodes.Status503ServiceUnavailable);
    }
}
