namespace SimCse.Inference;

/// <summary>Too many interactive texts wait for the model. No text of the call was accepted; the caller may try again later.</summary>
/// <param name="message">Says how many texts wait.</param>
/// <param name="retryAfter">About how long the waiting texts will take.</param>
public sealed class EncoderBusyException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter => retryAfter;
}
