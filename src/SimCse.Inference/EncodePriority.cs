namespace SimCse.Inference;

/// <summary>Whose turn it is when more wants to be encoded than runs at once.</summary>
public enum EncodePriority
{
    /// <summary>Work that nobody sits in front of: a shard, a file. Waits as long as it takes.</summary>
    Bulk,

    /// <summary>Somebody waits for the answer: goes before <see cref="Bulk"/>, and is refused when too much waits already.</summary>
    Interactive,
}
