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

        app.MapPost("/api/embed", To<EmbedEndpoint>((embed, context) => embed.HandleAsync(context)));
        MapOpenAi(app);
        MapTei(app);
        app.MapGet("/api/jobs", To<JobsEndpoint>((jobs, context) => jobs.ListAsync(context)));
        app.MapPost("/api/jobs", To<JobsEndpoint>((jobs, context) => jobs.SubmitAsync(context)));
        app.MapGet("/api/jobs/{job}", To<JobsEndpoint>((jobs, context) => jobs.GetAsync(context)));
        app.MapPost("/api/jobs/{job}/retry", To<JobsEndpoint>((jobs, context) => jobs.RetryAsync(context)));
        app.MapPost("/api/jobs/{job}/cancel", To<JobsEndpoint>((jobs, context) => jobs.CancelAsync(context)));
        app.MapGet("/health/live", HealthEndpoint.LiveAsync);
        app.MapGet("/health/ready", To<HealthEndpoint>((health, context) => health.ReadyAsync(context)));
        app.MapFallback(context => Replies.ErrorAsync(
            context, StatusCodes.Status404NotFound, $"Nothing answers {context.Request.Method} {context.Request.Path}."));
    }

    private static void MapOpenAi(WebApplication app) =>
        app.MapPost("/v1/embeddings", To<OpenAiEndpoint>((openAi, context) => openAi.HandleAsync(context))).WithMetadata(new RouteErrors(ErrorShape.OpenAi));

    private static void MapTei(WebApplication app)
    {
        var shape = new RouteErrors(ErrorShape.Tei);
        app.MapPost("/embed", To<TeiEndpoint>((tei, context) => tei.EmbedAsync(context))).WithMetadata(shape);
        app.MapPost("/similarity", To<TeiEndpoint>((tei, context) => tei.SimilarityAsync(context))).WithMetadata(shape);
        app.MapPost("/tokenize", To<TeiEndpoint>((tei, context) => tei.TokenizeAsync(context))).WithMetadata(shape);
        app.MapPost("/decode", To<TeiEndpoint>((tei, context) => tei.DecodeAsync(context))).WithMetadata(shape);
        app.MapGet("/info", To<TeiEndpoint>((tei, context) => tei.InfoAsync(context))).WithMetadata(shape);
        app.MapGet("/health", To<TeiEndpoint>((tei, context) => tei.HealthAsync(context))).WithMetadata(shape);
        app.MapGet("/metrics", app.Services.GetRequiredService<RequestMetrics>().WriteAsync).WithMetadata(shape);
        app.MapGet("/openapi.json", OpenApiDocument.WriteAsync);
    }

    /// <summary>Made when it is first asked for: what it needs, storage clients above all, takes longer than to open the port.</summary>
    private static RequestDelegate To<TEndpoint>(Func<TEndpoint, HttpContext, Task> handle)
        where TEndpoint : notnull => context => handle(context.RequestServices.GetRequiredService<TEndpoint>(), context);
}
