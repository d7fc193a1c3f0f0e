namespace SimCse.Tokenization;

/// <summary>Cuts a word into pieces of the vocabulary. Implementations are thread-safe.</summary>
internal interface ISubwordTokenizer
{
    /// <summary>
    /// Writes the ids of <paramref name="word"/> to the start of <paramref name="ids"/> and returns their number, also when it is larger
    /// than the room there: the ids that fit are right then.
    /// </summary>
    int Encode(scoped ReadOnlySpan<char> word, scoped Span<int> ids);
}
