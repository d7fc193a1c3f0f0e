using SimCse.Inference;
using SimCse.Jobs.Encoding;
using SimCse.Jobs.Operations;
using SimCse.Jobs.Planning;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>Every function of this app, as its folder with <c>function.json</c> names it.</summary>
internal static class FunctionRoutes
{
    public static void MapFunctions(this WebApplication app)
    {
        app.MapQueueFunction("PlanJob", (services, message, token) => services.GetRequiredService<PlanJob>().RunAsync(message.Text, token));
        app.MapQueueFunction(
            "EncodeShard", (services, message, token) => services.GetRequiredService<EncodeShard>().RunAsync(message.Text, message.InsertedOn, token));
        app.MapQueueFunction(
            "RecordPlanPoison",
            (services, message, token) => services.GetRequiredService<RecordPoison>().RunAsync(StorageNames.PlanQueue, message.Text, token));
        app.MapQueueFunction(
            "RecordShardPoison",
            (services, message, token) => services.GetRequiredService<RecordPoison>().RunAsync(StorageNames.ShardsQueue, message.Text, token));
        app.MapFunction("Reconcile", (services, token) => services.GetRequiredService<Reconcile>().RunAsync(token));
        app.MapFunction("Warmup", (services, token) => services.GetRequiredService<WarmEncoder>().GetAsync(token));

        app.MapPost("/api/embed", app.Services.GetRequiredService<EmbedEndpoint>().HandleAsync);
        MapOpenAi(app);
        MapTei(app);
        var jobs = app.Services.GetRequiredService<JobsEndpoint>();
        app.MapGet("/api/jobs", jobs.ListAsync);
        app.MapPost("/api/jobs", jobs.SubmitAsync);
        app.MapGet("/api/jobs/{job}", jobs.GetAsync);
        app.MapPost("/api/jobs/{job}/retry", jobs.RetryAsync);
        app.MapPost("/api/jobs/{job}/cancel", jobs.CancelAsync);
        app.MapGet("/health/live", HealthEndpoint.LiveAsync);
        app.MapGet("/health/ready", app.Services.GetRequiredService<HealthEndpoint>().ReadyAsync);
        app.MapFallback(context => Replies.ErrorAsync(
            context, StatusCodes.Status404NotFound, $"Nothing answers {context.Request.Method} {context.Request.Path}."));
    }

    private static void MapOpenAi(WebApplication app) =>
        app.MapPost("/v1/embeddings", app.Services.GetRequiredService<OpenAiEndpoint>().HandleAsync).WithMetadata(new RouteErrors(ErrorShape.OpenAi));

    private static void MapTei(WebApplication app)
    {
        var tei = app.Services.GetRequiredService<TeiEndpoint>();
        var shape = new RouteErrors(ErrorShape.Tei);
        app.MapPost("/embed", tei.EmbedAsync).WithMetadata(shape);
        app.MapPost("/similarity", tei.SimilarityAsync).WithMetadata(shape);
        app.MapPost("/tokenize", tei.TokenizeAsync).WithMetadata(shape);
        app.MapPost("/decode", tei.DecodeAsync).WithMetadata(shape);
        app.MapGet("/info", tei.InfoAsync).WithMetadata(shape);
        app.MapGet("/health", tei.HealthAsync).WithMetadata(shape);
        app.MapGet("/metrics", app.Services.GetRequiredService<RequestMetrics>().WriteAsync).WithMetadata(shape);
        app.MapGet("/openapi.json", OpenApiDocument.WriteAsync);
    }
}
