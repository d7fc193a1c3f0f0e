using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Tokenization;

/// <summary>What the published configuration files of a model say about its tokenizer.</summary>
/// <param name="WordTokenizerType"><c>basic</c> or <c>mecab</c>, as the file says; <c>bert</c> for a <c>BertTokenizer</c>.</param>
/// <param name="SubwordTokenizerType"><c>wordpiece</c> or <c>character</c>.</param>
/// <param name="LowerCase"><c>do_lower_case</c>.</param>
/// <param name="LowerCaseBefore">sentence-transformers' own <c>do_lower_case</c>, done before the tokenizer sees the text.</param>
/// <param name="MaxSequenceLength">Ids at most, [CLS] and [SEP] included.</param>
/// <param name="SpecialTokens">[UNK], [SEP], [PAD], [CLS], [MASK] under their names in the file: <c>unk_token</c> and so on.</param>
/// <param name="Mecab"><c>mecab_kwargs</c>; null where the words are not MeCab's.</param>
/// <param name="StripAccents"><c>strip_accents</c> of a <c>BertTokenizer</c>; without it, accents go with the case.</param>
/// <param name="SplitIdeographs"><c>tokenize_chinese_chars</c> of a <c>BertTokenizer</c>.</param>
internal sealed record TokenizerConfiguration(
    string WordTokenizerType,
    string SubwordTokenizerType,
    bool LowerCase,
    bool LowerCaseBefore,
    int MaxSequenceLength,
    IReadOnlyDictionary<string, string> SpecialTokens,
    MecabSettings? Mecab,
    bool StripAccents,
    bool SplitIdeographs)
{
    private const int DefaultMaxPositions = 512;

    private const string JapaneseClass = "BertJapaneseTokenizer";

    /// <summary>One tokenizer in two implementations, of which transformers takes the second wherever it can.</summary>
    private static readonly string[] BertClasses = ["BertTokenizer", "BertTokenizerFast"];

    /// <summary>The words of a <c>BertTokenizer</c>, which has no setting of that name.</summary>
    public const string BertWords = "bert";

    private const int MinMaxSequenceLength = 3;
    private const int MaxMaxSequenceLength = 1 << 16;

    private static readonly (string Name, string Default)[] SpecialTokenNames =
    [
        ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]"),
    ];

    /// <summary>
    /// Reads <c>tokenizer_config.json</c> and, where they exist, <c>special_tokens_map.json</c> and <c>sentence_bert_config.json</c>.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="maxPositions">The positions that the model has.</param>
    /// <exception cref="FileNotFoundException"><c>tokenizer_config.json</c> is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not the JSON expected, or gives a value that makes no sense.</exception>
    /// <exception cref="NotSupportedException">The files ask for a tokenizer that this project does not have; it is named.</exception>
    public static TokenizerConfiguration Load(string folder, int? maxPositions = null)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        var file = Read(path, TokenizerJson.Default.TokenizerConfigFile)
            ?? throw new FileNotFoundException($"{path} is missing; expected the tokenizer files of a sentence-transformers model.", path);
        var special = Read(Path.Combine(folder, "special_tokens_map.json"), TokenizerJson.Default.DictionaryStringJsonElement) ?? [];
        var sentence = Read(Path.Combine(folder, "sentence_bert_config.json"), TokenizerJson.Default.SentenceBertConfigFile);

        var isBert = IsBert(folder, path, file);
        var (words, subwords) = isBert
            ? (BertWords, "wordpiece")
            : (file.WordTokenizerType ?? "basic", file.SubwordTokenizerType ?? "wordpiece");
        if (!isBert)
        {
            Refuse(path, "word_tokenizer_type", words, "basic", "mecab");
            Refuse(path, "subword_tokenizer_type", subwords, "wordpiece", "character");
        }

        if (file is { DoBasicTokenize: false } or { DoWordTokenize: false } or { DoSubwordTokenize: false })
        {
            throw new NotSupportedException(
                $"{path}: do_basic_tokenize, do_word_tokenize and do_subword_tokenize must be true; false is not supported.");
        }

        var specialTokens = SpecialTokenNames.ToDictionary(
            name => name.Name,
            name => Token(special.GetValueOrDefault(name.Name)) ?? Token(file.Others?.GetValueOrDefault(name.Name)) ?? name.Default);
        if (specialTokens.FirstOrDefault(token => token.Value.Length == 0).Key is { } empty)
        {
            throw new InvalidDataException($"{path}: {empty} is empty; expected a token of the vocabulary.");
        }

        AddedTokens.Refuse(folder, file.Others ?? [], special, specialTokens.Values);
        var maxSequenceLength = sentence?.MaxSequenceLength
            ?? Math.Min(file.ModelMaxLength ?? int.MaxValue, maxPositions ?? DefaultMaxPositions);
        if (maxSequenceLength is < MinMaxSequenceLength or > MaxMaxSequenceLength)
        {
            throw new InvalidDataException(
                $"{folder} limits texts to {maxSequenceLength} tokens (max_seq_length, model_max_length); expected " +
                $"{MinMaxSequenceLength} to {MaxMaxSequenceLength}, [CLS] and [SEP] included.");
        }

        var lowerCase = file.DoLowerCase ?? isBert; // each class has its own default
        return new TokenizerConfiguration(
            words,
            subwords,
            lowerCase,
            sentence?.DoLowerCase ?? false,
            maxSequenceLength,
            specialTokens,
            words == "mecab" ? MecabSettings.Read(path, file.MecabKwargs ?? new MecabKwargsFile()) : null,
            file.StripAccents ?? lowerCase,
            file.TokenizeChineseChars);
    }

    /// <summary>
    /// Whether it is a <c>BertTokenizer</c>; other classes give other ids without a word. Where tokenizer_config.json names none, and has
    /// no setting of the Japanese one, config.json may; else transformers takes BERT's.
    /// </summary>
    private static bool IsBert(string folder, string path, TokenizerConfigFile file)
    {
        var name = Token(file.Others?.GetValueOrDefault("tokenizer_class"));
        if (name is null && file is { WordTokenizerType: null, SubwordTokenizerType: null, MecabKwargs: null })
        {
            path = Path.Combine(folder, "config.json");
            var config = Read(path, TokenizerJson.Default.DictionaryStringJsonElement) ?? [];
            name = Token(config.GetValueOrDefault("tokenizer_class")) ?? BertClasses[0];
        }

        var isBert = BertClasses.Contains(name);
        return isBert || name is null or JapaneseClass
            ? isBert
            : throw new NotSupportedException(
                $"{path}: tokenizer_class '{name}' is not supported; expected {JapaneseClass}, {string.Join(" or ", BertClasses)}.");
    }

    private static void Refuse(string path, string name, string found, params string[] supported)
    {
        if (!supported.Contains(found))
        {
            throw new NotSupportedException($"{path}: {name} '{found}' is not supported; expected {string.Join(" or ", supported)}.");
        }
    }

    /// <summary>A special token stands as a string or as an <c>AddedToken</c> object with its text in <c>content</c>.</summary>
    internal static string? Token(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Object } added when added.TryGetProperty("content", out var content)
            && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };

    internal static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }
}

internal sealed class TokenizerConfigFile
{
    [JsonPropertyName("word_tokenizer_type")] public string? WordTokenizerType { get; set; }
    [JsonPropertyName("subword_tokenizer_type")] public string? SubwordTokenizerType { get; set; }
    [JsonPropertyName("do_lower_case")] public bool? DoLowerCase { get; set; }
    [JsonPropertyName("strip_accents")] public bool? StripAccents { get; set; }
    [JsonPropertyName("tokenize_chinese_chars")] public bool TokenizeChineseChars { get; set; } = true;
    [JsonPropertyName("do_basic_tokenize")] public bool DoBasicTokenize { get; set; } = true;
    [JsonPropertyName("do_word_tokenize")] public bool DoWordTokenize { get; set; } = true;
    [JsonPropertyName("do_subword_tokenize")] public bool DoSubwordTokenize { get; set; } = true;
    [JsonPropertyName("model_max_length")] public double? ModelMaxLengthNumber { get; set; }
    [JsonPropertyName("mecab_kwargs")] public MecabKwargsFile? MecabKwargs { get; set; }
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>"No limit" is published as 1e30, which no integer holds.</summary>
    [JsonIgnore] public int? ModelMaxLength => ModelMaxLengthNumber is { } number ? (int)Math.Min(number, int.MaxValue) : null;
}

internal sealed class MecabKwargsFile
{
    [JsonPropertyName("mecab_dic")] public string? MecabDic { get; set; }
    [JsonPropertyName("mecab_option")] public string? MecabOption { get; set; }
    [JsonPropertyName("normalize_text")] public bool NormalizeText { get; set; } = true;
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed class SentenceBertConfigFile
{
    [JsonPropertyName("max_seq_length")] public int? MaxSequenceLength { get; set; }
    [JsonPropertyName("do_lower_case")] public bool DoLowerCase { get; set; }
}

[JsonSerializable(typeof(TokenizerConfigFile))]
[JsonSerializable(typeof(SentenceBertConfigFile))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class TokenizerJson : JsonSerializerContext;
