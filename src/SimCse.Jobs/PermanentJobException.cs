namespace SimCse.Jobs;

/// <summary>A job or a shard cannot succeed, however often it is tried: the reason is for the user to act on.</summary>
internal sealed class PermanentJobException(string message, Exception? inner = null) : Exception(message, inner);
