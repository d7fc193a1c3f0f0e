using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Runs invocations on one instance's handler: waits until it is ready, gives each a number and a time limit, writes outputs after success, logs start
/// and end. A time-out kills and restarts the handler, which fails everything else it was doing. Thread-safe.
/// </summary>
internal sealed partial class FunctionInvoker(
    HandlerSupervisor supervisor, HandlerClient client, OutputWriter outputs, TimeSpan? functionTimeout, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>How long a broken connection waits for the news that its process has ended, so that the next try goes to the next process.</summary>
    private static readonly TimeSpan ExitNoticeTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Posts a JSON payload and writes the outputs. Null is success; otherwise the reason of the failure.</summary>
    public Task<Exception?> InvokeAsync(FunctionMetadata function, string reason, JsonObject payload)
        => InvokeAsync(function, reason, payload, _ => Task.CompletedTask);

    /// <summary>The same for a caller that wants the answer, such as the HTTP front end.</summary>
    public Task<Exception?> InvokeAsync(FunctionMetadata function, string reason, JsonObject payload, Func<HandlerAnswer, Task> onAnswer)
        => RunAsync(function, reason, async (process, invocationId, cancellationToken) =>
        {
            var answer = await client.InvokeAsync(process, function, invocationId, payload, cancellationToken);
            foreach (var line in answer.Logs)
            {
                LogFunction(logger, function.Name, line);
            }

            await outputs.WriteAsync(function, answer, cancellationToken);
            await onAnswer(answer);
        });

    /// <summary>Runs any kind of invocation: <paramref name="work"/> gets the process, the invocation's id, and a token that ends with either.</summary>
    public async Task<Exception?> RunAsync(FunctionMetadata function, string reason, Func<HandlerProcess, Guid, CancellationToken, Task> work)
    {
        var invocationId = Guid.NewGuid();
        // A current activity makes HttpClient send traceparent, as the host's telemetry does.
        using var activity = new Activity(function.FullName).Start();
        LogExecuting(logger, function.FullName, reason, invocationId);
        var started = timeProvider.GetTimestamp();
        var failure = await TryAsync(function, invocationId, work);
        var elapsed = timeProvider.GetElapsedTime(started);
        if (failure is null)
        {
            LogSucceeded(logger, function.FullName, invocationId, (long)elapsed.TotalMilliseconds);
        }
        else
        {
            LogFailed(logger, function.FullName, invocationId, (long)elapsed.TotalMilliseconds, failure.Message);
        }

        return failure;
    }

    private async Task<Exception?> TryAsync(FunctionMetadata function, Guid invocationId, Func<HandlerProcess, Guid, CancellationToken, Task> work)
    {
        using var timeout = functionTimeout is { } limit ? new CancellationTokenSource(limit, timeProvider) : new CancellationTokenSource();
        HandlerProcess? process = null;
        try
        {
            process = await supervisor.WaitUntilReadyAsync(timeout.Token);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, process.Gone);
            await work(process, invocationId, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            LogTimeout(logger, function.FullName, invocationId, functionTimeout);
            process?.RequestRestart();
            return new InvocationFailedException($"Timeout value of {functionTimeout} was exceeded by function {function.FullName}.");
        }
        catch (OperationCanceledException)
        {
            return new InvocationFailedException(
                process is null ? "The host stops." : process.Gone.IsCancellationRequested ? "The handler ended while the function ran." : "The client went away.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            await Task.WhenAny(process?.Exited ?? Task.CompletedTask, Task.Delay(ExitNoticeTimeout));
            return new InvocationFailedException($"The connection to the handler failed: {e.Message}", e);
        }
        catch (Exception e) when (e is InvocationFailedException or TimeoutException or LocalHostException || StorageFailure.Is(e))
        {
            return e;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Executing '{Function}' (Reason='{Reason}', Id={InvocationId})")]
    private static partial void LogExecuting(ILogger logger, string function, string reason, Guid invocationId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Executed '{Function}' (Succeeded, Id={InvocationId}, Duration={DurationMs}ms)")]
    private static partial void LogSucceeded(ILogger logger, string function, Guid invocationId, long durationMs);

    [LoggerMessage(Level = LogLevel.Error, Message = "Executed '{Function}' (Failed, Id={InvocationId}, Duration={DurationMs}ms): {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, Guid invocationId, long durationMs, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "'{Function}' (Id={InvocationId}) exceeded functionTimeout {Timeout}; its handler is killed and restarted")]
    private static partial void LogTimeout(ILogger logger, string function, Guid invocationId, TimeSpan? timeout);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Function}: {Line}")]
    private static partial void LogFunction(ILogger logger, string function, string line);
}
