using SimCse.Tokenization;

namespace SimCse.Inference;

/// <summary>The sequences of some texts, equal texts once, in one array. Made by one thread or several, then only read.</summary>
internal sealed class TokenizedBatch
{
    /// <summary>Below so many texts a second thread costs more than it saves.</summary>
    private const int MinTextsForParallel = 128;

    private readonly int[] _ids;
    private readonly int _stride;

    private TokenizedBatch(int sequences, int stride, int[] sequenceOfText)
    {
        _stride = stride;
        _ids = new int[checked(sequences * stride)];
        Lengths = new int[sequences];
        Truncated = new bool[sequences];
        SequenceOfText = sequenceOfText;
    }

    /// <summary>Number of ids of each sequence.</summary>
    public int[] Lengths { get; }

    public bool[] Truncated { get; }

    /// <summary>Which sequence stands for each text.</summary>
    public int[] SequenceOfText { get; }

    public ReadOnlySpan<int> this[int sequence] => _ids.AsSpan(sequence * _stride, Lengths[sequence]);

    public static TokenizedBatch Create(BertJapaneseTokenizer tokenizer, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var sequenceOfText = new int[texts.Count];
        var unique = new List<string>(texts.Count);
        var known = new Dictionary<string, int>(texts.Count, StringComparer.Ordinal);
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i] ?? throw new ArgumentException($"Text {i} is null.", nameof(texts));
            if (known.TryAdd(text, unique.Count))
            {
                unique.Add(text);
            }

            sequenceOfText[i] = known[text];
        }

        var batch = new TokenizedBatch(unique.Count, tokenizer.MaxSequenceLength, sequenceOfText);
        if (unique.Count < MinTextsForParallel)
        {
            for (var i = 0; i < unique.Count; i++)
            {
                batch.Tokenize(tokenizer, unique[i], i);
            }
        }
        else
        {
            Parallel.For(0, unique.Count, new ParallelOptions { CancellationToken = cancellationToken }, i => batch.Tokenize(tokenizer, unique[i], i));
        }

        return batch;
    }

    /// <summary>Takes ids as the model reads them; what is longer is cut on the right.</summary>
    public static TokenizedBatch Create(BertJapaneseTokenizer tokenizer, IReadOnlyList<IReadOnlyList<int>> inputIds)
    {
        var batch = new TokenizedBatch(inputIds.Count, tokenizer.MaxSequenceLength, [.. Enumerable.Range(0, inputIds.Count)]);
        for (var i = 0; i < inputIds.Count; i++)
        {
            var ids = inputIds[i];
            if (ids.Count == 0)
            {
                throw new ArgumentException($"Sequence {i} holds no ids; expected one at least.", nameof(inputIds));
            }

            batch.Lengths[i] = Math.Min(ids.Count, tokenizer.MaxSequenceLength);
            batch.Truncated[i] = ids.Count > tokenizer.MaxSequenceLength;
            for (var j = 0; j < batch.Lengths[i]; j++)
            {
                batch._ids[(i * batch._stride) + j] = (uint)ids[j] < (uint)tokenizer.VocabularySize
                    ? ids[j]
                    : throw new ArgumentException(
                        $"Id {j} of sequence {i} is {ids[j]}; expected 0 to {tokenizer.VocabularySize - 1}.", nameof(inputIds));
            }
        }

        return batch;
    }

    /// <summary>Sequence numbers, longest first: the largest batch comes before the arena has settled on a smaller one.</summary>
    public int[] ByLength()
    {
        var order = new int[Lengths.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => Lengths[a] != Lengths[b] ? Lengths[b].CompareTo(Lengths[a]) : a.CompareTo(b));
        return order;
    }

    private void Tokenize(BertJapaneseTokenizer tokenizer, string text, int sequence) =>
        Lengths[sequence] = tokenizer.Encode(text, _ids.AsSpan(sequence * _stride, _stride), out Truncated[sequence]);
}
