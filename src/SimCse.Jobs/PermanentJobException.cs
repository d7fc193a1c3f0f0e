namespace SimCse.Jobs;

/// <summary>A job or a shard cannot succeed, however often it is tried. The message tells the user what to correct.</summary>
internal sealed class PermanentJobException(string message, Exception? inner = null) : Exception(message, inner);
