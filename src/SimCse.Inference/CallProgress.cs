namespace SimCse.Inference;

/// <summary>How far a call is. The encoder writes it, and anybody may read it at any time. Thread-safe.</summary>
public sealed class CallProgress
{
    private double _fraction;

    /// <summary>The part of the call's work that is done, from 0 to 1, by the number of ids.</summary>
    public double Fraction
    {
        get => Volatile.Read(ref _fraction);
        internal set => Volatile.Write(ref _fraction, value);
    }
}
