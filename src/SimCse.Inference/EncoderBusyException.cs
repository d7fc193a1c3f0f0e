namespace SimCse.Inference;

/// <summary>An interactive call would wait too long for the model. None of its texts was accepted; try again later.</summary>
/// <param name="message">Says how many texts wait, and how long they will take.</param>
/// <param name="retryAfter">About how long it takes until a call is accepted again; at least a second.</param>
public sealed class EncoderBusyException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter => retryAfter;
}
