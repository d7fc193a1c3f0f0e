namespace SimCse.Tokenization;

/// <summary>
/// Hugging Face's <c>WordpieceTokenizer</c>: the longest piece first, on code points; a word that cannot be covered, or of more than
/// 100 code points, is one unknown piece as a whole.
/// </summary>
internal sealed class WordPieceTokenizer(Vocabulary vocabulary, int unknownId) : ISubwordTokenizer
{
    private const int MaxCodePointsPerWord = 100;

    public int Encode(scoped ReadOnlySpan<char> word, scoped Span<int> ids)
    {
        // A word from MeCab may hold white space, or nothing else: it is split here, as the original does.
        var count = 0;
        while (true)
        {
            var start = word.IndexOfAnyExcept(PythonText.WhiteSpace);
            if (start < 0)
            {
                return count;
            }

            word = word[start..];
            var length = word.IndexOfAny(PythonText.WhiteSpace);
            length = length < 0 ? word.Length : length;
            count += EncodeWord(word[..length], count < ids.Length ? ids[count..] : []);
            word = word[length..];
        }
    }

    private int EncodeWord(ReadOnlySpan<char> word, Span<int> ids)
    {
        Span<int> pieces = stackalloc int[MaxCodePointsPerWord];
        var count = word.Length > 2 * MaxCodePointsPerWord || CountCodePoints(word) > MaxCodePointsPerWord ? -1 : Cover(word, pieces);
        if (count < 0)
        {
            pieces[0] = unknownId;
            count = 1;
        }

        pieces[..Math.Min(count, ids.Length)].CopyTo(ids);
        return count;
    }

    /// <summary>The number of pieces that cover the word, or -1 when none do.</summary>
    private int Cover(ReadOnlySpan<char> word, Span<int> pieces)
    {
        var count = 0;
        for (var start = 0; start < word.Length; count++)
        {
            var end = Math.Min(word.Length, start + vocabulary.LongestPiece);
            int id;
            while (!(start == 0 ? vocabulary.TryGetId(word[..end], out id) : vocabulary.TryGetContinuation(word[start..end], out id)))
            {
                end--;
                if (end == start)
                {
                    return -1;
                }
            }

            pieces[count] = id;
            start = end;
        }

        return count;
    }

    private static int CountCodePoints(ReadOnlySpan<char> word)
    {
        var count = word.Length;
        foreach (var unit in word)
        {
            count -= char.IsLowSurrogate(unit) ? 1 : 0;
        }

        return count;
    }
}
