namespace SimCse.Functions;

/// <summary>
/// <c>POST /{FunctionName}</c>: what the Functions host sends for queues, timers and warmup. A failure must leave as a status that is none of
/// success, or the message would be deleted; the host drops the body of such an answer, so the reason goes to the log as well.
/// </summary>
internal static class InvocationEndpoints
{
    private const string InvocationIdHeader = "X-Azure-Functions-InvocationId";

    /// <summary>The name of every queue trigger in the <c>function.json</c> files.</summary>
    private const string QueueBinding = "message";

    /// <summary>Maps a function that a queue message starts.</summary>
    public static void MapQueueFunction(this IEndpointRouteBuilder routes, string function, Func<IServiceProvider, QueueInvocation, CancellationToken, Task> run) =>
        routes.Map(function, async context =>
        {
            var body = await ReadAsync(context.Request, context.RequestAborted);
            await run(context.RequestServices, InvocationEnvelope.ReadQueueMessage(body, QueueBinding), context.RequestAborted);
        });

    /// <summary>Maps a function that needs nothing of what started it.</summary>
    public static void MapFunction(this IEndpointRouteBuilder routes, string function, Func<IServiceProvider, CancellationToken, Task> run) =>
        routes.Map(function, context => run(context.RequestServices, context.RequestAborted));

    private static void Map(this IEndpointRouteBuilder routes, string function, Func<HttpContext, Task> run)
    {
        var logger = routes.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger($"{nameof(SimCse)}.{nameof(Functions)}.{function}");
        routes.MapPost($"/{function}", async context =>
        {
            try
            {
                await run(context);
                await Replies.EmptyAsync(context);
            }
            catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
            {
                var invocation = context.Request.Headers[InvocationIdHeader].ToString();
                Log.InvocationFailed(logger, function, invocation, e.Message, e);
                var status = e is InvocationEnvelopeException ? StatusCodes.Status400BadRequest : StatusCodes.Status500InternalServerError;
                await Replies.ErrorAsync(context, status, e.Message);
            }
        });
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, cancellationToken);
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
