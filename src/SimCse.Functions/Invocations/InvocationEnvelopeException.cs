namespace SimCse.Functions;

/// <summary>What was posted is not an invocation as the Functions host sends it.</summary>
internal sealed class InvocationEnvelopeException(string message, Exception? inner = null) : Exception(message, inner);
