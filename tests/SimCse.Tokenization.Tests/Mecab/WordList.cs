using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Takes words as strings.</summary>
internal readonly struct WordList(int limit) : IWordSink
{
    public List<string> Words { get; } = [];

    public bool Add(scoped ReadOnlySpan<char> word)
    {
        Words.Add(word.ToString());
        return Words.Count < limit;
    }

    public static List<string> Of(Lattice lattice, ReadOnlySpan<char> text, int limit = int.MaxValue)
    {
        var words = new WordList(limit);
        lattice.Segment(text, ref words);
        return words.Words;
    }
}
