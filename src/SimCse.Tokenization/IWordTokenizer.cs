namespace SimCse.Tokenization;

/// <summary>Cuts a piece of text without special tokens into words. Implementations are thread-safe.</summary>
internal interface IWordTokenizer
{
    /// <summary>Hands the words of <paramref name="text"/> to <paramref name="sink"/>, in order, until it wants no more.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="sink">Takes each word; the span is valid during the call only.</param>
    void Tokenize<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct;
}

/// <summary>Takes words one by one.</summary>
internal interface IWordSink
{
    /// <summary>Takes a word; <see langword="false"/> when the caller may stop.</summary>
    bool Add(scoped ReadOnlySpan<char> word);
}
