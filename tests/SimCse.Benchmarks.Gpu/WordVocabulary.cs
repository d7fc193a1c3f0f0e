using System.Text;
using SimCse.Tokenization;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// A tokenizer of the published model's kind for a random model: MeCab's words, those of some sentences whole, and all of their characters
/// as pieces. Texts then have about as many tokens as with the published vocabulary.
/// </summary>
internal static class WordVocabulary
{
    private const int Size = 32_768;
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Writes the tokenizer's files into <paramref name="folder"/>.</summary>
    public static int Write(string dictionary, string sentences, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """
            {
              "do_lower_case": false,
              "word_tokenizer_type": "mecab",
              "mecab_kwargs": {"mecab_dic": "unidic_lite"},
              "subword_tokenizer_type": "wordpiece",
              "model_max_length": 128,
              "tokenizer_class": "BertJapaneseTokenizer"
            }

            """);
        WriteVocabulary(folder, SpecialTokens);
        var tokenizer = SentenceTokenizer.Load(folder, new SentenceTokenizerOptions { DictionaryFolder = dictionary });
        var words = SentenceFile.Read(sentences)
            .SelectMany(text => tokenizer.Tokenize(text).Words)
            .CountBy(word => word, StringComparer.Ordinal)
            .OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => word.Key)
            .ToArray();
        string[] characters =
            [.. words.SelectMany(word => word.EnumerateRunes()).Select(rune => rune.ToString()).Distinct().Order(StringComparer.Ordinal)];
        WriteVocabulary(
            folder,
            SpecialTokens.Concat(characters).Concat(characters.Select(character => $"##{character}")).Concat(words)
                .Distinct(StringComparer.Ordinal).Take(Size));
        return 0;
    }

    private static void WriteVocabulary(string folder, IEnumerable<string> pieces) => File.WriteAllText(
        Path.Combine(folder, "vocab.txt"), string.Concat(pieces.Select(piece => $"{piece}\n")), new UTF8Encoding(false));
}
