namespace SimCse.LocalHost.Worker;

/// <summary>A function failed, or was given up; the message says why, in the worker's words where they are the worker's.</summary>
internal sealed class InvocationFailedException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whoever asked for the invocation gave it up (a client that went away, a host that stops): nobody's error.</summary>
    public bool GivenUp { get; init; }
}
