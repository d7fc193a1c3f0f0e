using SimCse.Inference;

namespace SimCse.Functions;

/// <summary><c>GET /health/live</c>: the process answers. <c>GET /health/ready</c>: the model is warm, or why not.</summary>
internal sealed class HealthEndpoint(WarmEncoder encoder, StartupTimes startup)
{
    public static Task LiveAsync(HttpContext context) =>
        Replies.JsonAsync(context, StatusCodes.Status200OK, new HealthReply("live"), Replies.Types.HealthReply);

    public async Task ReadyAsync(HttpContext context)
    {
        var status = encoder.Status;
        if (status.State == WarmEncoderState.Ready)
        {
            var loaded = await encoder.GetAsync(context.RequestAborted);
            var ready = new HealthReply("ready", Model: ModelReply.Of(loaded.Bundle, loaded.Device), Startup: startup.ToReply());
            await Replies.JsonAsync(context, StatusCodes.Status200OK, ready, Replies.Types.HealthReply);
            return;
        }

        var waiting = new HealthReply(status.State == WarmEncoderState.Failed ? "failed" : "loading", status.Reason);
        await Replies.JsonAsync(context, StatusCodes.Status503ServiceUnavailable, waiting, Replies.Types.HealthReply);
    }
}
