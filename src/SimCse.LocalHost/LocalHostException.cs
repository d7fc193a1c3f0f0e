namespace SimCse.LocalHost;

/// <summary>
/// Something outside this program keeps the local host from running; the message is one clear sentence that says what to do.
/// </summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
