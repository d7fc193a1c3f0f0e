using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SimCse.Testing;
using Tokenizers.DotNet;

namespace SimCse.Tokenization.Tests;

/// <summary>Hugging Face's <c>BertTokenizer</c>, against the Rust library that it calls.</summary>
public sealed class BertTokenizerTests : IDisposable
{
    private const string Pieces = "[PAD] [UNK] [CLS] [SEP] [MASK] a ##b , naive café cafe";

    /// <summary>
    /// Capitals of Unicode 16 and 17, which .NET does not lower yet, and a character that the library does not decompose: no published
    /// vocabulary holds one.
    /// </summary>
    private static readonly HashSet<int> NewerThanDotNet =
    [
        0x1C89, 0xA7CB, 0xA7CC, 0xA7CE, 0xA7D2, 0xA7D4, 0xA7DA, 0xA7DC, .. Enumerable.Range(0x10D50, 22), 0x11938,
    ];

    private readonly List<TokenizerFolder> _folders = [];

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    public void Every_character_is_as_the_library_takes_it(bool lowerCase, bool stripAccents, bool splitIdeographs)
    {
        RequireLibrary();
        var tokenizer = new BertWordTokenizer(lowerCase, stripAccents, splitIdeographs);
        var texts = Characters().Select(character => $"A{character}z").ToList();
        var ours = texts.ConvertAll(text => Words(tokenizer, text));
        var ids = new Dictionary<string, int>(StringComparer.Ordinal) { ["[UNK]"] = 0 };
        foreach (var word in ours.SelectMany(words => words))
        {
            ids.TryAdd(word, ids.Count);
        }

        // A word is one id, and one that we do not give is [UNK].
        var library = Library(Json(
            lowerCase, stripAccents, splitIdeographs,
            $$"""{"type":"WordLevel","unk_token":"[UNK]","vocab":{{JsonSerializer.Serialize(ids)}}}"""));

        var wrong = Enumerable.Range(0, texts.Count)
            .Where(i => !NewerThanDotNet.Contains(char.ConvertToUtf32(texts[i], 1)))
            .Where(i => !library.Encode(texts[i]).Select(id => (int)id).SequenceEqual(ours[i].Select(word => ids[word])))
            .Select(i => $"U+{char.ConvertToUtf32(texts[i], 1):X4} gives {string.Join('|', ours[i])}")
            .ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Ids_of_a_trained_model_are_the_librarys()
    {
        RequireLibrary();
        var folder = ModelFixture.MiniLM.Folder;
        var tokenizer = SentenceTokenizer.Load(folder);

        // The file limits texts to 128 ids, pads them, and is not what the model's own settings say.
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!;
        (json["truncation"], json["padding"]) = (null, null);
        var library = Library(json.ToJsonString());
        var random = new Random(5);
        string[] texts =
        [
            .. ModelFixture.MiniLM.Expected().Select(text => text.Text), .. Enumerable.Range(0, 5_000).Select(_ => Fuzz.Text(random, 60)),
            .. Enumerable.Range(0, 5_000).Select(_ => Nonsense(random)),
        ];

        Assert.All(texts.Where(text => !text.Contains('\0', StringComparison.Ordinal)), text =>
        {
            var expected = library.Encode(text).Select(id => (int)id).ToArray();
            var limit = tokenizer.MaxSequenceLength;
            Assert.Equal(
                expected.Length <= limit ? expected : [.. expected[..(limit - 1)], expected[^1]], tokenizer.Tokenize(text).InputIds);
        });
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"BertTokenizer"}""", new[] { "naive", ",", "cafe" })]
    [InlineData("""{"tokenizer_class":"BertTokenizerFast","do_lower_case":false}""", new[] { "NAÏVE", ",", "café" })]
    [InlineData("""{"tokenizer_class":"BertTokenizer","strip_accents":false}""", new[] { "naïve", ",", "café" })]
    [InlineData("""{"tokenizer_class":"BertTokenizer","do_lower_case":false,"strip_accents":true}""", new[] { "NAIVE", ",", "cafe" })]
    [InlineData("{}", new[] { "naive", ",", "cafe" })]
    public void Case_and_accents_go_as_the_settings_say(string config, string[] expected)
    {
        Assert.Equal(expected, Folder().With("tokenizer_config.json", config).Load().Tokenize("NAÏVE,café").Words);
    }

    [Fact]
    public void Ideographs_stay_together_where_the_settings_say_so()
    {
        var folder = Folder().With("tokenizer_config.json", """{"tokenizer_class":"BertTokenizer","tokenize_chinese_chars":false}""");

        Assert.Equal(["東京都"], folder.Load().Tokenize("東京都").Words);
    }

    [Fact]
    public void A_class_that_config_json_names_counts_where_the_tokenizers_own_file_names_none()
    {
        var folder = Folder().With("tokenizer_config.json", "{}").With("config.json", """{"tokenizer_class":"MPNetTokenizer"}""");

        Assert.Contains(
            "config.json: tokenizer_class 'MPNetTokenizer'", Assert.Throws<NotSupportedException>(folder.Load).Message,
            StringComparison.Ordinal);
    }

    /// <summary>transformers 5 saves no vocab.txt.</summary>
    [Fact]
    public void The_vocabulary_may_stand_in_tokenizer_json_alone()
    {
        var folder = Folder().With("tokenizer.json", Json());
        var expected = folder.Load().Tokenize("ab cafe").InputIds;
        File.Delete(Path.Combine(folder.Path, "vocab.txt"));

        Assert.Equal([2, 5, 6, 10, 3], expected);
        Assert.Equal(expected, folder.Load().Tokenize("ab cafe").InputIds);
    }

    [Theory]
    [InlineData("\"lowercase\":true", "\"lowercase\":false", "lowercase of normalizer is false; expected true")]
    [InlineData("\"strip_accents\":true", "\"strip_accents\":false", "strip_accents of normalizer is false")]
    [InlineData("\"clean_text\":true", "\"clean_text\":false", "clean_text of normalizer is false")]
    [InlineData("\"BertNormalizer\"", "\"NFC\"", "type of normalizer is \"NFC\"")]
    [InlineData("\"BertPreTokenizer\"", "\"Whitespace\"", "type of pre_tokenizer is \"Whitespace\"")]
    [InlineData("\"truncation\":null", "\"truncation\":{\"direction\":\"Left\"}", "direction of truncation is \"Left\"")]
    [InlineData("\"WordPiece\"", "\"BPE\"", "type of model is \"BPE\"")]
    [InlineData("\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":20", "max_input_chars_per_word of model is 20")]
    [InlineData("\"added_tokens\":[]", "\"added_tokens\":[{\"id\":5,\"content\":\"<x>\"}]", "'<x>'")]
    [InlineData("{\"SpecialToken\":{\"id\":\"[SEP]\",\"type_id\":0}}", "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}", "post_processor")]
    public void What_tokenizer_json_asks_for_otherwise_is_refused_by_name(string from, string to, string expected)
    {
        var json = Json();
        Assert.Contains(from, json, StringComparison.Ordinal);
        var folder = Folder().With("tokenizer.json", json.Replace(from, to, StringComparison.Ordinal));

        Assert.Contains(expected, Assert.Throws<NotSupportedException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a\":5", "\"b\":5", "different pieces")]
    [InlineData("\"a\":5", "\"a\":4", "the id 4; expected the numbers 0 to 10, each once")]
    [InlineData("\"a\":5", "\"a\":\"5\"", "not the JSON expected")]
    [InlineData("\"model\"", "\"other\"", "not the JSON expected")]
    public void A_vocabulary_that_cannot_be_is_refused(string from, string to, string expected)
    {
        var folder = Folder().With("tokenizer.json", Json().Replace(from, to, StringComparison.Ordinal));

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());

    private TokenizerFolder Folder()
    {
        var folder = TokenizerFolder.Create(Pieces, "wordpiece").With("tokenizer_config.json", """{"tokenizer_class":"BertTokenizer"}""");
        _folders.Add(folder);
        return folder;
    }

    /// <summary>A tokenizer.json as transformers writes it.</summary>
    private static string Json(bool lowerCase = true, bool stripAccents = true, bool splitIdeographs = true, string? model = null)
    {
        var ids = Pieces.Split(' ').Index().ToDictionary(piece => piece.Item, piece => piece.Index);
        model ??= $$"""
            {"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{{JsonSerializer.Serialize(ids)}}}
            """;
        var post = model.Contains("WordLevel", StringComparison.Ordinal) ? "null" : """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[],"special_tokens":{}}
            """;
        return $$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":{{Text(splitIdeographs)}},"strip_accents":{{Text(stripAccents)}},"lowercase":{{Text(lowerCase)}}},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{{post}},"decoder":null,"model":{{model}}}
            """;

        static string Text(bool flag) => flag ? "true" : "false";
    }

    private static void RequireLibrary()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Skip(
                "Needs Hugging Face's own library to compare with, which NuGet's package Tokenizers.DotNet brings for Linux on x64 here. " +
                "CI runs there, and skips nothing.");
        }
    }

    private static Tokenizer Library(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], json);
        return new Tokenizer(folder["tokenizer.json"]);
    }

    /// <summary>All assigned ones, and those of the first plane that are not; the library's binding ends a text at NUL.</summary>
    private static IEnumerable<string> Characters() => Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(value => new Rune(value))
        .Where(rune => rune.Value < 0x10000
            || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
        .Select(rune => rune.ToString());

    /// <summary>Words, marks, letters of many scripts and special tokens, in any order.</summary>
    private static string Nonsense(Random random)
    {
        string[] parts =
        [
            "the", "Straße", "ΟΔΟΣ", "e\u0301", "naïve", " ", "\t", "\u00A0", "\u2028", "[SEP]", "[sep]", "[UNK]", "東京", "か\u3099", "가",
            "İ", "ß", "don't", "...", "1,000", "😀", "\uFFFD", "\u200B", "\u00AD", "A\u0327\u0301", "ﬁ", "Ǆ", "𝒜", "🇯🇵", "###", "##ing",
            "_",
        ];
        return string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
    }

    private static string[] Words(BertWordTokenizer tokenizer, string text)
    {
        var sink = new ListSink([]);
        tokenizer.Tokenize(text, ref sink);
        return [.. sink.Words];
    }

    private readonly struct ListSink(List<string> words) : IWordSink
    {
        public List<string> Words => words;

        public bool Add(scoped ReadOnlySpan<char> word)
        {
            words.Add(word.ToString());
            return true;
        }
    }
}
