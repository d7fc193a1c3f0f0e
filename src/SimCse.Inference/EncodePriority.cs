namespace SimCse.Inference;

/// <summary>Which calls run first when more texts wait than can run at once.</summary>
public enum EncodePriority
{
    /// <summary>Nobody waits for the answer, as with a shard or a file. The call waits as long as it takes.</summary>
    Bulk,

    /// <summary>Somebody waits. The call runs before <see cref="Bulk"/>, and is refused when it would wait too long.</summary>
    Interactive,
}
