using System.Buffers;

namespace SimCse.Tokenization;

/// <content>Prompts, which go before texts as sentence-transformers puts them there: joined as strings, then tokenized together.</content>
public sealed partial class SentenceTokenizer
{
    /// <summary>
    /// Writes the ids of a prompt and a text joined, as <see cref="Encode"/> does. No string is made of the two.
    /// </summary>
    /// <param name="prompt">What goes before the text; empty where nothing does.</param>
    /// <param name="text">Any text.</param>
    /// <param name="inputIds">Room for <see cref="MaxSequenceLength"/> ids, owned by the caller.</param>
    /// <param name="truncated">Whether pieces of the text, or even of the prompt, were dropped.</param>
    /// <returns>The number of ids, those of the prompt included.</returns>
    /// <exception cref="ArgumentException"><paramref name="inputIds"/> is too short.</exception>
    public int EncodeWithPrompt(ReadOnlySpan<char> prompt, ReadOnlySpan<char> text, Span<int> inputIds, out bool truncated)
    {
        if (prompt.IsEmpty)
        {
            return Encode(text, inputIds, out truncated);
        }

        var length = checked(prompt.Length + text.Length);
        var joined = ArrayPool<char>.Shared.Rent(length);
        try
        {
            prompt.CopyTo(joined);
            text.CopyTo(joined.AsSpan(prompt.Length));
            return Encode(joined.AsSpan(0, length), inputIds, out truncated);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(joined);
        }
    }

    /// <summary>
    /// How many positions sentence-transformers counts as a prompt's, from the first, to leave them out of the pooling: the ids of the
    /// prompt alone, [CLS] among them, less one where the last of them is special, as [SEP] is. 0 for an empty prompt.
    /// </summary>
    /// <remarks>
    /// It is the same for every text, although text may join the prompt's last word and change its ids, and may exceed the ids of the two.
    /// Source: <c>_get_prompt_length</c> in <c>base/modules/transformer.py</c> of
    /// https://github.com/huggingface/sentence-transformers/tree/506d3fdfd12a9ff34c75c2efbf92b04ad22c499e
    /// </remarks>
    public int CountPromptPositions(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.Length == 0)
        {
            return 0;
        }

        var ids = new int[MaxSequenceLength];
        var count = Encode(prompt, ids, out _);
        return count > 0 && IsSpecial(ids[count - 1]) ? count - 1 : count;
    }
}
