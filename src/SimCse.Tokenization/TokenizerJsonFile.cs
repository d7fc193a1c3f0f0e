using System.Text.Json;

namespace SimCse.Tokenization;

/// <summary>
/// <c>tokenizer.json</c>, the Rust library's own file, beside which a <c>BertTokenizer</c> may have no <c>vocab.txt</c>. What it asks for
/// must be what <c>tokenizer_config.json</c> asks for, of which versions of transformers take now the one and now the other.
/// </summary>
internal static class TokenizerJsonFile
{
    public const string Name = "tokenizer.json";

    /// <summary>The vocabulary of the folder: that of <c>vocab.txt</c>, or of tokenizer.json where there is no other.</summary>
    /// <exception cref="FileNotFoundException">Both files are missing.</exception>
    /// <exception cref="InvalidDataException">A file does not hold what it should, or the two differ.</exception>
    /// <exception cref="NotSupportedException">tokenizer.json asks for another tokenizer; what differs is named.</exception>
    public static Vocabulary LoadVocabulary(string folder, TokenizerConfiguration configuration)
    {
        var (path, text) = (Path.Combine(folder, Name), Path.Combine(folder, "vocab.txt"));
        if (configuration.WordTokenizerType != TokenizerConfiguration.BertWords || !File.Exists(path))
        {
            return Vocabulary.Load(text);
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            Check(path, json.RootElement, configuration);
            var pieces = Pieces(path, json.RootElement.GetProperty("model").GetProperty("vocab"));
            if (!File.Exists(text))
            {
                return new Vocabulary(pieces);
            }

            var vocabulary = Vocabulary.Load(text);
            return vocabulary.Count == pieces.Length && Enumerable.Range(0, pieces.Length).All(id => vocabulary[id] == pieces[id])
                ? vocabulary
                : throw new InvalidDataException($"{path} and vocab.txt hold different pieces; expected the same. Remove the wrong one.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }

    private static void Check(string path, JsonElement root, TokenizerConfiguration configuration)
    {
        Expect("model", "type", "\"WordPiece\"");
        Expect("model", "unk_token", $"\"{configuration.SpecialTokens["unk_token"]}\"");
        Expect("model", "continuing_subword_prefix", "\"##\"");
        Expect("model", "max_input_chars_per_word", "100");
        Expect("normalizer", "type", "\"BertNormalizer\"");
        Expect("normalizer", "clean_text", "true");
        Expect("normalizer", "handle_chinese_chars", Text(configuration.SplitIdeographs));
        Expect("normalizer", "lowercase", Text(configuration.LowerCase));
        Expect("pre_tokenizer", "type", "\"BertPreTokenizer\"");
        if (root.GetProperty("normalizer").GetProperty("strip_accents") is { ValueKind: not JsonValueKind.Null })
        {
            Expect("normalizer", "strip_accents", Text(configuration.StripAccents));
        }

        if (root.GetProperty("truncation") is { ValueKind: JsonValueKind.Object } truncation
            && truncation.TryGetProperty("direction", out _))
        {
            Expect("truncation", "direction", "\"Right\"");
        }

        var post = root.GetProperty("post_processor");
        if (post.GetProperty("type").GetString() != "BertProcessing" && !(post.TryGetProperty("single", out var single)
            && Template(single) == $"{configuration.SpecialTokens["cls_token"]} A {configuration.SpecialTokens["sep_token"]}"))
        {
            throw new NotSupportedException(
                $"{path}: the post_processor {post.GetProperty("type")} is not supported; expected [CLS], the text, [SEP].");
        }

        foreach (var token in root.GetProperty("added_tokens").EnumerateArray())
        {
            AddedTokens.RefuseUnusual(Path.GetDirectoryName(path)!, Name, token, [.. configuration.SpecialTokens.Values]);
        }

        void Expect(string part, string key, string expected)
        {
            var found = root.GetProperty(part) is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(key, out var value)
                ? value.GetRawText()
                : "missing";
            if (found != expected)
            {
                throw new NotSupportedException(
                    $"{path}: {key} of {part} is {found}; expected {expected}, by tokenizer_config.json or because nothing else is " +
                    "supported.");
            }
        }

        static string Text(bool flag) => flag ? "true" : "false";
    }

    private static string Template(JsonElement single) => string.Join(
        ' ',
        single.EnumerateArray().Select(step => step.EnumerateObject().First().Value.GetProperty("id").GetString()));

    private static string[] Pieces(string path, JsonElement vocabulary)
    {
        var pieces = new string[vocabulary.GetPropertyCount()];
        foreach (var piece in vocabulary.EnumerateObject())
        {
            var id = piece.Value.GetInt32();
            if ((uint)id >= (uint)pieces.Length || pieces[id] is not null)
            {
                throw new InvalidDataException(
                    $"{path} gives '{piece.Name}' the id {id}; expected the numbers 0 to {pieces.Length - 1}, each once.");
            }

            pieces[id] = piece.Name;
        }

        return pieces;
    }
}
