using Microsoft.Azure.Functions.Worker.Middleware;

namespace SimCse.Functions.Telemetry;

/// <summary>
/// Says in the logging scope which invocation a line belongs to. The worker does so itself until its OpenTelemetry defaults are on, and
/// without it the host drops the line from console and log stream (issues 3487 and 3489 of Azure/azure-functions-dotnet-worker, both open
/// in 2026-11).
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
