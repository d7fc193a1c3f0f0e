namespace SimCse.Tokenization;

/// <summary>Takes the words and special tokens of one text.</summary>
internal interface ITokenSink : IWordSink
{
    /// <summary>Whether further tokens would change nothing.</summary>
    bool Full { get; }

    void AddSpecial(string token, int id);
}

/// <summary>Keeps as many ids as there is room for and counts one more, which tells that the text was truncated.</summary>
internal ref struct IdSink(ISubwordTokenizer subwords, Span<int> ids) : ITokenSink
{
    private readonly Span<int> _ids = ids;

    /// <summary>Pieces seen so far; more than fit as soon as one is dropped.</summary>
    public int Count { get; private set; }

    public readonly bool Full => Count > _ids.Length;

    public bool Add(scoped ReadOnlySpan<char> word)
    {
        Count += subwords.Encode(word, Count < _ids.Length ? _ids[Count..] : []);
        return !Full;
    }

    public void AddSpecial(string token, int id)
    {
        if (Count < _ids.Length)
        {
            _ids[Count] = id;
        }

        Count++;
    }
}

/// <summary>Keeps words and pieces with their texts.</summary>
internal readonly struct StepSink(ISubwordTokenizer subwords, Vocabulary vocabulary) : ITokenSink
{
    public List<string> Words { get; } = [];

    /// <summary>Id, text, and the word that the piece is cut from.</summary>
    public List<(int Id, string Text, int Word)> Pieces { get; } = [];

    public bool Full => false;

    public bool Add(scoped ReadOnlySpan<char> word)
    {
        var ids = new int[Math.Max(1, word.Length * LongestCompatibilityExpansion)];
        var count = subwords.Encode(word, ids);
        Words.Add(word.ToString());
        foreach (var id in ids.AsSpan(0, count))
        {
            Pieces.Add((id, vocabulary[id], Words.Count - 1));
        }

        return true;
    }

    public void AddSpecial(string token, int id)
    {
        Words.Add(token);
        Pieces.Add((id, token, Words.Count - 1));
    }

    /// <summary>U+FDFA becomes 18 code points under NFKC; no character becomes more.</summary>
    private const int LongestCompatibilityExpansion = 18;
}
