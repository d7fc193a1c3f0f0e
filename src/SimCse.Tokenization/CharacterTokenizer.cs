using System.Text;

namespace SimCse.Tokenization;

/// <summary>Hugging Face's <c>CharacterTokenizer</c>: NFKC, then one piece a code point.</summary>
internal sealed class CharacterTokenizer(Vocabulary vocabulary, int unknownId) : ISubwordTokenizer
{
    public int Encode(scoped ReadOnlySpan<char> word, scoped Span<int> ids)
    {
        word = UnicodeNormalization.Normalize(word, NormalizationForm.FormKC);
        var count = 0;
        for (var i = 0; i < word.Length; count++)
        {
            Rune.DecodeFromUtf16(word[i..], out _, out var length);
            if (count < ids.Length)
            {
                ids[count] = vocabulary.TryGetId(word.Slice(i, length), out var id) ? id : unknownId;
            }

            i += length;
        }

        return count;
    }
}
