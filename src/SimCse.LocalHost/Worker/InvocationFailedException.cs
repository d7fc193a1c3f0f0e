namespace SimCse.LocalHost.Worker;

/// <summary>A function failed or was given up. The message says why; if the worker gave a reason, it is the worker's text.</summary>
internal sealed class InvocationFailedException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the caller gave up the invocation (its client has gone, or the host stops), which is not an error.</summary>
    public bool GivenUp { get; init; }
}
