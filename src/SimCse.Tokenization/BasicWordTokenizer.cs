using System.Text;

namespace SimCse.Tokenization;

/// <summary>
/// Hugging Face's <c>BasicTokenizer</c> as <c>BertJapaneseTokenizer</c> makes it: control characters removed, white space split,
/// punctuation apart, ideographs together (<c>tokenize_chinese_chars=False</c>); lower-cased and freed of accents when the model says so.
/// </summary>
/// <remarks>Source: <c>transformers/models/bert_japanese/tokenization_bert_japanese.py</c> (huggingface/transformers 006023e2).</remarks>
internal sealed class BasicWordTokenizer(bool lowerCase, IReadOnlyCollection<string> neverSplit) : IWordTokenizer
{
    public void Tokenize<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var rest = UnicodeNormalization.Normalize(Clean(text), NormalizationForm.FormC);
        while (NextWord(ref rest, out var word))
        {
            // A special token can still appear here: as one that a removed control character stood in.
            if (neverSplit.Contains(word.ToString()))
            {
                if (!sink.Add(word))
                {
                    return;
                }

                continue;
            }

            if (lowerCase)
            {
                word = StripAccents(PythonText.ToLower(word.ToString()));
            }

            if (!SplitOnPunctuation(word, ref sink))
            {
                return;
            }
        }
    }

    private static bool NextWord(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        var start = rest.IndexOfAnyExcept(PythonText.WhiteSpace);
        if (start < 0)
        {
            word = [];
            return false;
        }

        rest = rest[start..];
        var length = rest.IndexOfAny(PythonText.WhiteSpace);
        length = length < 0 ? rest.Length : length;
        word = rest[..length];
        rest = rest[length..];
        return true;
    }

    private static bool SplitOnPunctuation<TSink>(scoped ReadOnlySpan<char> word, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var start = 0;
        for (var i = 0; i < word.Length;)
        {
            Rune.DecodeFromUtf16(word[i..], out var rune, out var length);
            if (PythonText.IsPunctuation(rune))
            {
                if ((i > start && !sink.Add(word[start..i])) || !sink.Add(word.Slice(i, length)))
                {
                    return false;
                }

                start = i + length;
            }

            i += length;
        }

        return start == word.Length || sink.Add(word[start..]);
    }

    private static ReadOnlySpan<char> Clean(ReadOnlySpan<char> text)
    {
        if (!NeedsCleaning(text))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (PythonText.IsBertWhiteSpace(rune))
            {
                clean.Append(' ');
            }
            else if (!IsRemoved(rune))
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private static bool NeedsCleaning(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsRemoved(rune) || (rune.Value != ' ' && PythonText.IsBertWhiteSpace(rune)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRemoved(Rune rune) => rune.Value is 0 or 0xFFFD || PythonText.IsControl(rune);

    private static string StripAccents(string word)
    {
        var stripped = new StringBuilder(word.Length);
        foreach (var rune in UnicodeNormalization.Normalize(word, NormalizationForm.FormD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                stripped.Append(rune);
            }
        }

        return stripped.ToString();
    }
}
