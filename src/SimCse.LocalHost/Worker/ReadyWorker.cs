using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// A worker that has loaded the app's functions; the address is where it takes HTTP requests, if it takes any. Thread-safe.
/// </summary>
internal sealed record ReadyWorker(WorkerProcess Process, IReadOnlyList<FunctionMetadata> Functions, Uri? HttpUri)
{
    /// <summary>It takes no more invocations, and those that it has will not be answered.</summary>
    public bool HasEnded => Process.Channel.Closed.IsCompleted;

    /// <summary>Runs an invocation to the worker's answer.</summary>
    /// <exception cref="InvocationFailedException">The function failed; the message is the worker's.</exception>
    /// <exception cref="WorkerGoneException">The worker ended before.</exception>
    public async Task InvokeAsync(InvocationRequest request)
    {
        var answer = await Process.Channel.AskAsync(new() { InvocationRequest = request }, request.InvocationId);
        answer.InvocationResponse.Result.ThrowUnlessSuccess(message => new InvocationFailedException(message));
    }

    /// <summary>Cancels the function's token; whether the function looks at it is its own business.</summary>
    public void Cancel(InvocationRequest request) =>
        Process.Channel.Tell(new() { InvocationCancel = new() { InvocationId = request.InvocationId } });
}
