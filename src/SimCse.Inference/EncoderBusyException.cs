namespace SimCse.Inference;

/// <summary>Too many interactive texts wait for the model; nothing of the call was taken. Worth another try later.</summary>
/// <param name="message">How many wait, and how many may.</param>
/// <param name="retryAfter">About as long as those who wait will take.</param>
public sealed class EncoderBusyException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter => retryAfter;
}
