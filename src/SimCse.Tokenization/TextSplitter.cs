using System.Buffers;
using System.Globalization;

namespace SimCse.Tokenization;

/// <summary>
/// Cuts a text that is longer than the model reads into chunks that it reads whole. Chunks end where sentences end; they follow each
/// other without a gap, and may overlap by whole sentences. Each is as long as the model reads. Thread-safe.
/// </summary>
/// <remarks>
/// A sentence ends behind one of <c>。｡！？!?‼⁇⁈⁉</c> or a line end, with the closing brackets and white space that follow. One that is
/// longer than the model reads is cut between two of its tokens, never within what a reader takes for one character.
/// </remarks>
public sealed class TextSplitter
{
    /// <summary>How far to look back for the border of a token; words are shorter.</summary>
    private const int MaxCharactersBack = 32;

    private static readonly SearchValues<char> Ends = SearchValues.Create("。｡！？!?‼⁇⁈⁉\n\r\v\f\u0085\u2028\u2029");
    private static readonly SearchValues<char> EndsAndClosings =
        SearchValues.Create("。｡！？!?‼⁇⁈⁉\n\r\v\f\u0085\u2028\u2029」』）)】〕］]〉》｝}｣”’");

    private readonly SentenceTokenizer _tokenizer;
    private readonly string _prompt;
    private readonly int _promptTokens;
    private readonly int _overlap;

    /// <param name="tokenizer">The tokenizer of the model; it counts.</param>
    /// <param name="overlap">The most tokens that a chunk repeats of the one before it; 0 for none.</param>
    /// <param name="prompt">What goes before each chunk; the model reads both whole.</param>
    /// <exception cref="ArgumentException">
    /// The overlap is negative, or more than half of what the model reads beside the prompt. Or the prompt is more than half of what it
    /// reads.
    /// </exception>
    public TextSplitter(SentenceTokenizer tokenizer, int overlap, string prompt = "")
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        (_tokenizer, _prompt) = (tokenizer, prompt);
        var max = tokenizer.MaxSequenceLength;
        if (!TryCount("", new int[max], out _promptTokens) || _promptTokens > max / 2)
        {
            throw new ArgumentException(
                $"The prompt has {_promptTokens} tokens at least; expected at most {max / 2}, half of what the model reads, so that " +
                "chunks have room beside it.");
        }

        _overlap = CheckOverlap(overlap, max - _promptTokens);
    }

    /// <summary>Limits how often a sentence is encoded: a chunk has at least as much that is new.</summary>
    /// <returns>The overlap.</returns>
    /// <exception cref="ArgumentException">The overlap is negative, or more than half of what the model reads.</exception>
    public static int CheckOverlap(int overlap, int maxSequenceLength) => overlap >= 0 && overlap <= maxSequenceLength / 2
        ? overlap
        : throw new ArgumentException(
            $"The overlap of chunks is {overlap} tokens; expected 0 to {maxSequenceLength / 2}, half of what the model reads.");

    /// <summary>The chunks of a text in their order; all of it when the model reads it whole.</summary>
    public IEnumerable<Range> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsShort(text) ? [Range.EndAt(text.Length)] : SplitLong(text, new int[_tokenizer.MaxSequenceLength]);
    }

    /// <summary>Whether a text cannot be too long, without tokenizing it: each of its tokens has at least one of its characters.</summary>
    private bool IsShort(string text) =>
        _prompt.Length + text.Length <= _tokenizer.MaxSequenceLength - 2
        && UnicodeNormalization.IsInert(_prompt) && UnicodeNormalization.IsInert(text);

    private IEnumerable<Range> SplitLong(string text, int[] ids)
    {
        if (Fits(text, ids))
        {
            yield return ..text.Length;
            yield break;
        }

        var pieces = Pieces(text, ids);
        for (int first = 0, end = 0; ;)
        {
            var before = end; // of the chunk before; the overlap was chosen so that one piece more fits
            end = Math.Max(FillBySums(pieces, first), before + 1);
            while (end < pieces.Count && Fits(Text(first, end + 1), ids))
            {
                end++;
            }

            while (end > before + 1 && !Fits(Text(first, end), ids))
            {
                end--;
            }

            yield return pieces[first].Start..pieces[end - 1].End;
            if (end == pieces.Count)
            {
                yield break;
            }

            first = Overlap(pieces, first + 1, end);
            while (first < end && !Fits(Text(first, end + 1), ids))
            {
                first++;
            }
        }

        ReadOnlySpan<char> Text(int first, int end) => text.AsSpan(pieces[first].Start..pieces[end - 1].End);
    }

    /// <summary>About where a chunk ends. Tokens beside each other may become others, so that sums are not exact.</summary>
    private int FillBySums(List<Piece> pieces, int first)
    {
        var (end, room) = (first, _tokenizer.MaxSequenceLength - 2 - _promptTokens);
        for (var sum = 0; end < pieces.Count && (sum += pieces[end].Tokens) <= room;)
        {
            end++;
        }

        return end;
    }

    /// <summary>The first of the sentences before <paramref name="end"/> that the next chunk repeats.</summary>
    private int Overlap(List<Piece> pieces, int min, int end)
    {
        var first = end;
        for (var sum = 0; first > min && pieces[first - 1].IsSentence && (sum += pieces[first - 1].Tokens) <= _overlap;)
        {
            first--;
        }

        return first;
    }

    /// <summary>The sentences of a text, and parts of those that are too long. Nothing lies between them.</summary>
    private List<Piece> Pieces(string text, int[] ids)
    {
        var pieces = new List<Piece>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = SentenceEnd(text, start);
            if (TryCount(text.AsSpan(start..end), ids, out var tokens))
            {
                pieces.Add(new Piece(start, end, tokens - _promptTokens, IsSentence: true));
                continue;
            }

            for (int part = start, next; part < end; part = next)
            {
                next = Cut(text.AsSpan(part..end), ids, out tokens) + part;
                pieces.Add(new Piece(part, next, tokens - _promptTokens, IsSentence: false));
            }
        }

        return pieces;
    }

    private static int SentenceEnd(string text, int start)
    {
        var found = text.AsSpan(start).IndexOfAny(Ends);
        if (found < 0)
        {
            return text.Length;
        }

        var end = start + found;
        while (end < text.Length && EndsAndClosings.Contains(text[end]))
        {
            end += StringInfo.GetNextTextElementLength(text.AsSpan(end)); // what combines with it stays with it
        }

        while (end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end += StringInfo.GetNextTextElementLength(text.AsSpan(end));
        }

        return end;
    }

    /// <summary>The length of the longest beginning of a sentence that the model reads and that ends with one of its tokens.</summary>
    private int Cut(ReadOnlySpan<char> sentence, int[] ids, out int tokens)
    {
        // Not all of it at once: a text of a megabyte without a sentence's end would be tokenized thousands of times.
        var window = Math.Min(_tokenizer.MaxSequenceLength, sentence.Length);
        while (TryCount(sentence[..window], ids, out tokens))
        {
            if (window == sentence.Length)
            {
                return window;
            }

            window = (int)Math.Min(2L * window, sentence.Length);
        }

        var borders = Borders(sentence[..window], isEnd: window == sentence.Length);
        var longest = LongestThatFits(sentence, borders, ids);
        if (longest < 0)
        {
            borders = CodePointBorders(sentence[..window]); // the first character alone is too long
            longest = Math.Max(0, LongestThatFits(sentence, borders, ids));
        }

        var next = new int[ids.Length];
        var nextCount = _tokenizer.EncodeWithPrompt(_prompt, sentence[..window], next, out _) - 2;
        for (var i = longest; i >= 0 && i > longest - MaxCharactersBack; i--)
        {
            if (TryCount(sentence[..borders[i]], ids, out tokens) && tokens > _promptTokens && tokens <= nextCount
                && ids[tokens] != _tokenizer.UnknownId && ids.AsSpan(1, tokens).SequenceEqual(next.AsSpan(1, tokens)))
            {
                return borders[i];
            }
        }

        TryCount(sentence[..borders[longest]], ids, out tokens);
        return borders[longest];
    }

    /// <summary>The index of the last border up to which the model reads all; -1 for none.</summary>
    private int LongestThatFits(ReadOnlySpan<char> text, List<int> borders, int[] ids)
    {
        var (fits, fails) = (-1, borders.Count);
        while (fails - fits > 1)
        {
            var middle = (fits + fails) / 2;
            (fits, fails) = Fits(text[..borders[middle]], ids) ? (middle, fails) : (fits, middle);
        }

        return fits;
    }

    /// <summary>Where characters end, as a reader takes them. The last may continue behind the window, unless that is the end.</summary>
    private static List<int> Borders(ReadOnlySpan<char> window, bool isEnd)
    {
        var borders = new List<int>();
        for (var i = 0; i < window.Length;)
        {
            i += StringInfo.GetNextTextElementLength(window[i..]);
            if (i < window.Length || isEnd)
            {
                borders.Add(i);
            }
        }

        return borders;
    }

    private static List<int> CodePointBorders(ReadOnlySpan<char> window)
    {
        var (borders, end) = (new List<int>(), 0);
        foreach (var rune in window.EnumerateRunes())
        {
            borders.Add(end += rune.Utf16SequenceLength);
        }

        return borders;
    }

    private bool Fits(ReadOnlySpan<char> text, int[] ids) => TryCount(text, ids, out _);

    /// <summary>Counts the tokens of the prompt and a text without [CLS] and [SEP].</summary>
    /// <returns>Whether the model reads them all.</returns>
    private bool TryCount(ReadOnlySpan<char> text, int[] ids, out int tokens)
    {
        tokens = _tokenizer.EncodeWithPrompt(_prompt, text, ids, out var truncated) - 2;
        return !truncated;
    }

    /// <summary>A sentence or a part of one, as a range of the text.</summary>
    private readonly record struct Piece(int Start, int End, int Tokens, bool IsSentence);
}
