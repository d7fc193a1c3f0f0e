namespace SimCse.LocalHost;

/// <summary>Something outside this program prevents the local host from running. The message says in one sentence what to do.</summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
