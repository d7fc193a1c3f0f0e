using System.Buffers;
using System.Text;

namespace SimCse.Tokenization;

/// <summary>
/// The words of Hugging Face's <c>BertTokenizer</c>, which the Rust library cuts: control characters removed, ideographs apart, accents and
/// case dropped when the model says so, white space split, punctuation apart. Thread-safe.
/// </summary>
/// <remarks>
/// Unlike <see cref="BasicWordTokenizer"/> it composes nothing, strips accents from the whole text before it lowers it, character by
/// character, and takes the categories of <see cref="RustText"/>. Source: <c>normalizers/bert.rs</c> and <c>pre_tokenizers/bert.rs</c> of
/// huggingface/tokenizers 0.22.
/// </remarks>
/// <param name="lowerCase">Whether letters become lower case.</param>
/// <param name="stripAccents">Whether characters are decomposed and lose their marks.</param>
/// <param name="splitIdeographs">Whether each Chinese character is a word of its own.</param>
internal sealed class BertWordTokenizer(bool lowerCase, bool stripAccents, bool splitIdeographs) : IWordTokenizer
{
    /// <summary>Room for the words of a text up to this length stands on the stack.</summary>
    private const int MaxOnStack = 512;

    public void Tokenize<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        if (Ascii.IsValid(text))
        {
            TokenizeAscii(text, ref sink);
            return;
        }

        var clean = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (RustText.IsRemoved(rune))
            {
                continue;
            }

            if (splitIdeographs && RustText.IsIdeograph(rune))
            {
                clean.Append(' ').Append(rune).Append(' ');
            }
            else
            {
                clean.Append(rune);
            }
        }

        SplitWords(stripAccents ? Strip(clean.ToString()) : lowerCase ? Lower(clean.ToString()) : clean.ToString(), ref sink);
    }

    /// <summary>Nothing of ASCII has an accent; only blank, tab and line ends are left of its control characters.</summary>
    private void TokenizeAscii<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var rented = text.Length > MaxOnStack ? ArrayPool<char>.Shared.Rent(text.Length) : null;
        var clean = rented ?? stackalloc char[MaxOnStack];
        var count = 0;
        foreach (var c in text)
        {
            if (c is (>= ' ' and < '\x7F') or '\t' or '\n' or '\r')
            {
                clean[count++] = lowerCase ? char.ToLowerInvariant(c) : c;
            }
        }

        SplitWords(clean[..count], ref sink);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static void SplitWords<TSink>(scoped ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text[i..], out var rune, out var length);
            var isSpace = Rune.IsWhiteSpace(rune);
            if (isSpace || RustText.IsPunctuation(rune))
            {
                if ((i > start && !sink.Add(text[start..i])) || (!isSpace && !sink.Add(text.Slice(i, length))))
                {
                    return;
                }

                start = i + length;
            }

            i += length;
        }

        if (start < text.Length)
        {
            sink.Add(text[start..]);
        }
    }

    private string Strip(string text)
    {
        var stripped = new StringBuilder(text.Length);
        foreach (var rune in UnicodeNormalization.Normalize(text, NormalizationForm.FormD).EnumerateRunes())
        {
            if (!RustText.IsNonSpacingMark(rune))
            {
                stripped.Append(rune);
            }
        }

        return lowerCase ? Lower(stripped.ToString()) : stripped.ToString();
    }

    /// <summary>Character by character: a sigma at a word's end is lowered as any other. Only U+0130 becomes two characters.</summary>
    private static string Lower(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}
