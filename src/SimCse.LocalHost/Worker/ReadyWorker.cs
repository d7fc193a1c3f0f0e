using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

/// <summary>A worker that has loaded the app's functions, and the address where it accepts HTTP requests, if any. Thread-safe.</summary>
internal sealed record ReadyWorker(WorkerProcess Process, IReadOnlyList<FunctionMetadata> Functions, Uri? HttpUri)
{
    /// <summary>Whether the worker has ended: it takes no more invocations, and will not answer those that it has.</summary>
    public bool HasEnded => Process.Channel.Closed.IsCompleted;

    /// <summary>Runs an invocation and waits for the worker's answer.</summary>
    /// <exception cref="InvocationFailedException">The function failed; the message is the worker's.</exception>
    /// <exception cref="WorkerGoneException">The worker ended before it answered.</exception>
    public async Task InvokeAsync(InvocationRequest request)
    {
        var answer = await Process.Channel.AskAsync(new() { InvocationRequest = request }, request.InvocationId);
        answer.InvocationResponse.Result.ThrowUnlessSuccess(message => new InvocationFailedException(message));
    }

    /// <summary>Cancels the function's token. The function may ignore it.</summary>
    public void Cancel(InvocationRequest request) =>
        Process.Channel.Tell(new() { InvocationCancel = new() { InvocationId = request.InvocationId } });
}
