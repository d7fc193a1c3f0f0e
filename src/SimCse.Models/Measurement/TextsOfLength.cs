using SimCse.Models.Quantisation;
using SimCse.Tokenization;

namespace SimCse.Models.Measurement;

/// <summary>Makes different texts of exactly so many tokens. They are sections of the product's own sentences, joined.</summary>
public static class TextsOfLength
{
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="tokens">The number of tokens, [CLS] and [SEP] included, from 3 to the longest that the model reads.</param>
    /// <param name="count">The number of texts.</param>
    /// <exception cref="ArgumentException">Fewer texts of this length can be made.</exception>
    public static string[] Create(SentenceTokenizer tokenizer, int tokens, int count)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var all = string.Concat(QualitySentences.Japanese.Sentences);
        var texts = new HashSet<string>(count, StringComparer.Ordinal);
        for (var start = 0; start < all.Length - (4 * tokens) && texts.Count < count; start++)
        {
            if (Find(tokenizer, all.AsSpan(start), tokens) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts.Count == count
            ? [.. texts]
            : throw new ArgumentException($"{texts.Count} texts of {tokens} tokens could be made; expected {count}.", nameof(tokens));
    }

    /// <summary>Searches by halves, because the number of tokens grows with the text, by one or a few for each character.</summary>
    private static string? Find(SentenceTokenizer tokenizer, ReadOnlySpan<char> text, int tokens)
    {
        var ids = new int[tokenizer.MaxSequenceLength];
        var (low, high) = (1, Math.Min(text.Length, 4 * tokens));
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (tokenizer.Encode(text[..middle].ToString(), ids, out _) < tokens)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        var found = text[..low].ToString();
        return tokenizer.Encode(found, ids, out _) == tokens ? found : null;
    }
}
