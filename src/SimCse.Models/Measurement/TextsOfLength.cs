using SimCse.Models.Quantisation;
using SimCse.Tokenization;

namespace SimCse.Models.Measurement;

/// <summary>
/// Different texts that a tokenizer cuts into exactly so many tokens: pieces of the sentences that the product carries, joined.
/// </summary>
public static class TextsOfLength
{
    /// <param name="tokenizer">The model's.</param>
    /// <param name="tokens">[CLS] and [SEP] included; from 3 to the longest that the model reads.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">There are not as many.</exception>
    public static string[] Create(BertJapaneseTokenizer tokenizer, int tokens, int count)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var all = string.Concat(QualitySentences.Texts());
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

    /// <summary>The count of tokens grows with the text, by one or a few for each character.</summary>
    private static string? Find(BertJapaneseTokenizer tokenizer, ReadOnlySpan<char> text, int tokens)
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
