namespace SimCse.LocalHost;

/// <summary>A function failed; the message says by which of the host's rules.</summary>
internal sealed class InvocationFailedException : Exception
{
    public InvocationFailedException(string message)
        : base(message)
    {
    }

    public InvocationFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
