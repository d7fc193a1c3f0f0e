using System.Text;

namespace SimCse.Models.Untrained;

/// <summary>The tokenizer of models that were never trained: one piece a character, every character of everyday Japanese.</summary>
internal static class CharacterVocabulary
{
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Inclusive ranges of code points, fixed here because the Unicode version of the runtime changes.</summary>
    private static readonly (char First, char Last)[] Characters =
    [
        ('\u0021', '\u007E'), // Latin, digits, punctuation
        ('\u00A1', '\u024F'), // Latin-1 and Latin Extended-A, -B
        ('\u2010', '\u2027'), ('\u2030', '\u205E'), // general punctuation
        ('\u3001', '\u303F'), // CJK symbols and punctuation
        ('\u3041', '\u3096'), ('\u3099', '\u30FF'), ('\u31F0', '\u31FF'), // kana
        ('\u3400', '\u4DBF'), ('\u4E00', '\u9FFF'), // CJK unified ideographs
        ('\uFF01', '\uFF9F'), // full-width Latin and punctuation, half-width kana
    ];

    /// <summary>Writes <c>vocab.txt</c> and the tokenizer's settings.</summary>
    /// <returns>The number of pieces.</returns>
    public static int Write(string folder, int maxTokens)
    {
        var pieces = SpecialTokens.Concat(Characters.SelectMany(
            range => Enumerable.Range(range.First, range.Last - range.First + 1).Select(code => ((char)code).ToString()))).ToArray();
        WriteText(folder, "vocab.txt", string.Join('\n', pieces) + "\n");
        WriteText(folder, "tokenizer_config.json", $$"""
            {
              "do_lower_case": false,
              "word_tokenizer_type": "basic",
              "subword_tokenizer_type": "character",
              "model_max_length": {{maxTokens}},
              "tokenizer_class": "BertJapaneseTokenizer"
            }

            """);
        WriteText(folder, "special_tokens_map.json", """
            {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}

            """);
        WriteText(folder, "sentence_bert_config.json", $$"""
            {"max_seq_length": {{maxTokens}}, "do_lower_case": false}

            """);
        return pieces.Length;
    }

    private static void WriteText(string folder, string file, string text) =>
        File.WriteAllText(Path.Combine(folder, file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
