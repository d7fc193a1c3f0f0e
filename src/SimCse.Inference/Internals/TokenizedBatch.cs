using SimCse.Tokenization;

namespace SimCse.Inference.Internals;

/// <summary>
/// The sequences of some texts in one array; equal texts share one. One or several threads fill it, then it is only read.
/// </summary>
internal sealed class TokenizedBatch
{
    /// <summary>With fewer texts than this, a second thread costs more than it saves.</summary>
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

    /// <summary>The number of ids of each sequence.</summary>
    public int[] Lengths { get; }

    public bool[] Truncated { get; }

    /// <summary>The index of each text's sequence.</summary>
    public int[] SequenceOfText { get; }

    /// <summary>How many positions of each sequence, from the first, are the prompt's, which the pooling may leave out.</summary>
    public int PromptLength { get; init; }

    public ReadOnlySpan<int> this[int sequence] => _ids.AsSpan(sequence * _stride, Lengths[sequence]);

    /// <param name="tokenizer">The model's.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="prompt">What goes before each text; empty where nothing does.</param>
    /// <param name="countPrompt">Whether <see cref="PromptLength"/> is wanted.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public static TokenizedBatch Create(
        SentenceTokenizer tokenizer, IReadOnlyList<string> texts, string prompt, bool countPrompt, CancellationToken cancellationToken)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i] is null)
            {
                throw new ArgumentException($"Text {i} is null.", nameof(texts));
            }
        }

        var unique = Unique(texts, StringComparer.Ordinal, out var sequenceOfText);
        var batch = new TokenizedBatch(unique.Count, tokenizer.MaxSequenceLength, sequenceOfText)
        {
            PromptLength = countPrompt ? tokenizer.CountPromptPositions(prompt) : 0,
        };
        if (unique.Count < MinTextsForParallel)
        {
            for (var i = 0; i < unique.Count; i++)
            {
                batch.Tokenize(tokenizer, prompt, unique[i], i);
            }
        }
        else
        {
            Parallel.For(
                0, unique.Count, new ParallelOptions { CancellationToken = cancellationToken },
                i => batch.Tokenize(tokenizer, prompt, unique[i], i));
        }

        return batch;
    }

    /// <summary>Takes ids as the model reads them. Longer sequences are cut on the right.</summary>
    public static TokenizedBatch Create(SentenceTokenizer tokenizer, IReadOnlyList<IReadOnlyList<int>> inputIds)
    {
        for (var i = 0; i < inputIds.Count; i++)
        {
            Check(tokenizer, inputIds, i);
        }

        var unique = Unique(inputIds, SequenceComparer.Instance, out var sequenceOfText);
        var batch = new TokenizedBatch(unique.Count, tokenizer.MaxSequenceLength, sequenceOfText);
        for (var i = 0; i < unique.Count; i++)
        {
            batch.Lengths[i] = Math.Min(unique[i].Count, tokenizer.MaxSequenceLength);
            batch.Truncated[i] = unique[i].Count > tokenizer.MaxSequenceLength;
            for (var j = 0; j < batch.Lengths[i]; j++)
            {
                batch._ids[(i * batch._stride) + j] = unique[i][j];
            }
        }

        return batch;
    }

    /// <summary>The indices of the sequences, longest first, so that the session's arena takes its final size at once.</summary>
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

    private void Tokenize(SentenceTokenizer tokenizer, string prompt, string text, int sequence) => Lengths[sequence] =
        tokenizer.EncodeWithPrompt(prompt, text, _ids.AsSpan(sequence * _stride, _stride), out Truncated[sequence]);

    /// <summary>Each distinct item once, in the order of first appearance.</summary>
    private static List<T> Unique<T>(IReadOnlyList<T> items, IEqualityComparer<T> comparer, out int[] numberOfItem)
        where T : notnull
    {
        var unique = new List<T>(items.Count);
        var known = new Dictionary<T, int>(items.Count, comparer);
        numberOfItem = new int[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            if (known.TryAdd(items[i], unique.Count))
            {
                unique.Add(items[i]);
            }

            numberOfItem[i] = known[items[i]];
        }

        return unique;
    }

    /// <summary>Checks that the sequence is not empty, and that the model has all ids that it reads of it.</summary>
    private static void Check(SentenceTokenizer tokenizer, IReadOnlyList<IReadOnlyList<int>> inputIds, int sequence)
    {
        if (inputIds[sequence] is not { Count: > 0 } ids)
        {
            throw new ArgumentException($"Sequence {sequence} holds no ids; expected one at least.", nameof(inputIds));
        }

        for (var i = 0; i < Math.Min(ids.Count, tokenizer.MaxSequenceLength); i++)
        {
            if ((uint)ids[i] >= (uint)tokenizer.VocabularySize)
            {
                throw new ArgumentException(
                    $"Id {i} of sequence {sequence} is {ids[i]}; expected 0 to {tokenizer.VocabularySize - 1}.", nameof(inputIds));
            }
        }
    }

    private sealed class SequenceComparer : IEqualityComparer<IReadOnlyList<int>>
    {
        public static readonly SequenceComparer Instance = new();

        public bool Equals(IReadOnlyList<int>? x, IReadOnlyList<int>? y) => x!.SequenceEqual(y!);

        public int GetHashCode(IReadOnlyList<int> ids)
        {
            var hash = new HashCode();
            for (var i = 0; i < ids.Count; i++)
            {
                hash.Add(ids[i]);
            }

            return hash.ToHashCode();
        }
    }
}
