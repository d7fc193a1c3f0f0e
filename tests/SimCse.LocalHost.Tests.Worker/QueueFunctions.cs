using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>Functions that are triggered by queues, timers and the warmup; each records what it gets under its own name.</summary>
public sealed partial class QueueFunctions(Recorder recorder, ILogger<QueueFunctions> logger)
{
    [Function("Work")]
    public Task WorkAsync(
        [QueueTrigger("%WORK_QUEUE%")] string message, FunctionContext context, string id, long dequeueCount, DateTimeOffset insertionTime,
        CancellationToken cancellationToken)
        => RunAsync(message, context, cancellationToken, new { Id = id, DequeueCount = dequeueCount, InsertionTime = insertionTime });

    [Function("Slow")]
    public Task SlowAsync(
        [QueueTrigger("%SLOW_QUEUE%", Connection = "OtherStorage")] string message, FunctionContext context,
        CancellationToken cancellationToken)
        => RunAsync(message, context, cancellationToken);

    [Function("Other")]
    public Task OtherAsync([QueueTrigger("%OTHER_QUEUE%")] string message, FunctionContext context, CancellationToken cancellationToken)
        => RunAsync(message, context, cancellationToken);

    [Function("Tick")]
    public Task TickAsync([TimerTrigger("%SCHEDULE%")] string timer, FunctionContext context, CancellationToken cancellationToken)
        => RunAsync(timer, context, cancellationToken);

    [Function("TickAtStart")]
    public Task TickAtStartAsync(
        [TimerTrigger("%SCHEDULE%", RunOnStartup = true)] string timer, FunctionContext context, CancellationToken cancellationToken)
        => RunAsync(timer, context, cancellationToken);

    [Function("Warm")]
    public Task WarmAsync([WarmupTrigger] object warmup, FunctionContext context, CancellationToken cancellationToken)
        => RunAsync($"{warmup}", context, cancellationToken);

    private async Task RunAsync(string message, FunctionContext context, CancellationToken cancellationToken, object? parameters = null)
    {
        var name = context.FunctionDefinition.Name;
        var index = await recorder.WriteAsync(name, new
        {
            Environment.ProcessId,
            Body = message,
            Metadata = context.BindingContext.BindingData,
            Parameters = parameters,
            context.TraceContext.TraceParent,
        });
        LogReceived(logger, name, index);
        var answer = Answer.For(recorder.Folder, name, index);
        await answer.WaitAsync(recorder.Folder, cancellationToken);
        answer.End();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Received {Name} {Index}")]
    private static partial void LogReceived(ILogger logger, string name, int index);
}
