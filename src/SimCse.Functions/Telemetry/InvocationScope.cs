using Microsoft.Azure.Functions.Worker.Middleware;

namespace SimCse.Functions.Telemetry;

/// <summary>
/// Adds a line's invocation to the logging scope. The worker does so itself only without its OpenTelemetry defaults, and the host drops
/// lines without an invocation from console and log stream (issues 3487 and 3489 of Azure/azure-functions-dotnet-worker, both open in
/// 2026-11).
/// </summary>
internal sealed class InvocationScope(ILogger<InvocationScope> logger) : IFunctionsWorkerMiddleware
{
    private const string Key = "AzureFunctions_InvocationId";

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        using var scope = logger.BeginScope(new KeyValuePair<string, object>[] { new(Key, context.InvocationId) });
        await next(context);
    }
}
