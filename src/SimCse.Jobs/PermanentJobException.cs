namespace SimCse.Jobs;

/// <summary>A job or a shard cannot succeed, however often it is tried. The message tells the user what to correct.</summary>
public class PermanentJobException : Exception
{
    /// <summary>Whether the source holds no text. That is no error where nothing but its rows is wanted.</summary>
    public bool HoldsNoText { get; internal init; }

    internal PermanentJobException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
