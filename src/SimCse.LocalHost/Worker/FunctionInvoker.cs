using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// Runs invocations of every kind on one instance's worker: waits until it is ready, gives each an id, a trace and a time limit, and logs
/// its start and end. At the limit it cancels the function. If the function does not end then, its worker is killed and restarted, which
/// fails all its other invocations. Thread-safe.
/// </summary>
internal sealed class FunctionInvoker(
    WorkerSupervisor supervisor, TimeSpan? functionTimeout, HostTimings timings, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _cancelAll = new();

    /// <summary>
    /// Work beside an invocation, such as forwarding its HTTP request. The token is cancelled when the function has failed.
    /// </summary>
    public delegate Task Companion(ReadyWorker worker, CancellationToken failed);

    /// <summary>Cancels all current and future invocations.</summary>
    public Task CancelAllAsync() => _cancelAll.CancelAsync();

    public void Dispose() => _cancelAll.Dispose();

    /// <summary>
    /// Runs one invocation. The request contains its data and possibly a trace; the rest is filled in here. The token cancels the function
    /// in the worker, but the worker's answer is still awaited.
    /// </summary>
    /// <exception cref="InvocationFailedException">The function, its worker or the companion failed, or the time was over.</exception>
    public async Task InvokeAsync(
        FunctionMetadata function, string reason, InvocationRequest request, CancellationToken cancellationToken,
        Companion? companion = null)
    {
        using var activity = new Activity(function.FullName);
        if (request.TraceContext is { } given)
        {
            activity.SetParentId(given.TraceParent);
            activity.TraceStateString = given.TraceState;
        }

        // Recorded, so that a worker that exports its traces also exports these.
        activity.Start().ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        request.TraceContext = new() { TraceParent = activity.Id, TraceState = activity.TraceStateString ?? "" };
        request.InvocationId = Guid.NewGuid().ToString();
        Log.Executing(logger, function.FullName, reason, request.InvocationId);
        var started = timeProvider.GetTimestamp();
        try
        {
            await RunAsync(function, request, companion, cancellationToken);
            var duration = timeProvider.GetElapsedTime(started).TotalMilliseconds;
            Log.Succeeded(logger, function.FullName, request.InvocationId, duration);
        }
        catch (InvocationFailedException e)
        {
            var givenUp = e.GivenUp || cancellationToken.IsCancellationRequested || _cancelAll.IsCancellationRequested;
            var (level, end) = givenUp ? (LogLevel.Information, "Cancelled") : (LogLevel.Error, "Failed");
            var duration = timeProvider.GetElapsedTime(started).TotalMilliseconds;
            Log.Failed(logger, level, function.FullName, end, request.InvocationId, duration, e.Message);
            throw givenUp ? new InvocationFailedException(e.Message, e.InnerException) { GivenUp = true } : e;
        }
    }

    private async Task RunAsync(
        FunctionMetadata function, InvocationRequest request, Companion? companion, CancellationToken cancellationToken)
    {
        using var timeout = functionTimeout is { } limit ? new CancellationTokenSource(limit, timeProvider) : new CancellationTokenSource();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cancelAll.Token);
        var worker = await WaitForWorkerAsync(function, timeout.Token, cancel.Token);
        using var failed = new CancellationTokenSource();
        var answer = AnswerAsync(worker, request, failed);
        var running = RunOnAsync(worker, request, answer, companion?.Invoke(worker, failed.Token) ?? Task.CompletedTask);
        using var cancelling = cancel.Token.Register(() => worker.Cancel(request));
        if (await Task.WhenAny(running, Task.Delay(Timeout.Infinite, timeout.Token)) != running)
        {
            Log.TimedOut(logger, function.FullName, request.InvocationId, functionTimeout);
            await EndAsync(function, worker, request, answer);
            await failed.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw TimedOut(function);
        }

        await running;
    }

    private async Task<ReadyWorker> WaitForWorkerAsync(FunctionMetadata function, CancellationToken timeout, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout, cancel);
        try
        {
            return await supervisor.WaitUntilReadyAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            throw timeout.IsCancellationRequested
                ? TimedOut(function)
                : new("It was given up before a worker was ready for it.") { GivenUp = true };
        }
    }

    /// <summary>Requires that the function and its companion both succeed. If one fails, the other is ended.</summary>
    private static async Task RunOnAsync(ReadyWorker worker, InvocationRequest request, Task function, Task companion)
    {
        try
        {
            await companion;
        }
        catch (InvocationFailedException e) when (e.GivenUp || !function.IsFaulted)
        {
            worker.Cancel(request);
            await function.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (function.Exception?.InnerException?.InnerException is not WorkerGoneException)
            {
                throw;
            }
        }
        catch (InvocationFailedException)
        {
            // The function failed first, which is the reason for this failure.
        }

        await function;
    }

    private static async Task AnswerAsync(ReadyWorker worker, InvocationRequest request, CancellationTokenSource failed)
    {
        try
        {
            await worker.InvokeAsync(request);
        }
        catch (Exception e)
        {
            await failed.CancelAsync();
            throw e is WorkerGoneException ? new InvocationFailedException("The worker ended while the function ran.", e) : e;
        }
    }

    /// <summary>
    /// Handles a time-out: cancels the function, waits for the worker's answer within the grace, because a client may be slow for longer,
    /// and then requests another worker.
    /// </summary>
    private async Task EndAsync(FunctionMetadata function, ReadyWorker worker, InvocationRequest request, Task answer)
    {
        worker.Cancel(request);
        if (await Task.WhenAny(answer, Task.Delay(timings.CancellationGrace, timeProvider)) != answer)
        {
            Log.NotEnded(logger, function.FullName, request.InvocationId);
            worker.Process.RequestRestart();
        }

        await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private InvocationFailedException TimedOut(FunctionMetadata function)
        => new($"Timeout value of {functionTimeout} was exceeded by function {function.FullName}.");
}
