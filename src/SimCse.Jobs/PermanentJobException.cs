namespace SimCse.Jobs;

/// <summary>A job or a shard cannot succeed, however often it is tried. The message tells the user what to correct.</summary>
public class PermanentJobException : Exception
{
    internal PermanentJobException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
