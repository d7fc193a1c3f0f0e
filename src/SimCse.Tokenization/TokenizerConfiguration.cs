using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Tokenization;

/// <summary>What the published configuration files of a model say about its tokenizer.</summary>
/// <param name="WordTokenizerType"><c>basic</c> or <c>mecab</c>.</param>
/// <param name="SubwordTokenizerType"><c>wordpiece</c> or <c>character</c>.</param>
/// <param name="LowerCase"><c>do_lower_case</c>.</param>
/// <param name="LowerCaseBefore">sentence-transformers' own <c>do_lower_case</c>, done before the tokenizer sees the text.</param>
/// <param name="MaxSequenceLength">Ids at most, [CLS] and [SEP] included.</param>
/// <param name="SpecialTokens">[UNK], [SEP], [PAD], [CLS], [MASK] under their names in the file: <c>unk_token</c> and so on.</param>
/// <param name="Mecab"><c>mecab_kwargs</c>; null where the words are not MeCab's.</param>
internal sealed record TokenizerConfiguration(
    string WordTokenizerType,
    string SubwordTokenizerType,
    bool LowerCase,
    bool LowerCaseBefore,
    int MaxSequenceLength,
    IReadOnlyDictionary<string, string> SpecialTokens,
    MecabSettings? Mecab)
{
    private const int DefaultMaxPositions = 512;
    private const string TokenizerClass = "BertJapaneseTokenizer";
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

        RefuseOtherClasses(path, file);
        var (words, subwords) = (file.WordTokenizerType ?? "basic", file.SubwordTokenizerType ?? "wordpiece");
        Refuse(path, "word_tokenizer_type", words, "basic", "mecab");
        Refuse(path, "subword_tokenizer_type", subwords, "wordpiece", "character");
        if (file is { DoWordTokenize: false } or { DoSubwordTokenize: false })
        {
            throw new NotSupportedException($"{path}: do_word_tokenize and do_subword_tokenize must be true; false is not supported.");
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

        return new TokenizerConfiguration(
            words,
            subwords,
            file.DoLowerCase,
            sentence?.DoLowerCase ?? false,
            maxSequenceLength,
            specialTokens,
            words == "mecab" ? MecabSettings.Read(path, file.MecabKwargs ?? new MecabKwargsFile()) : null);
    }

    /// <summary>
    /// Other classes give other ids without a word. A file that names no class and has no setting of this one is read by transformers as
    /// that of BERT's own tokenizer.
    /// </summary>
    private static void RefuseOtherClasses(string path, TokenizerConfigFile file)
    {
        var name = Token(file.Others?.GetValueOrDefault("tokenizer_class"));
        if (name is not (null or TokenizerClass))
        {
            throw new NotSupportedException($"{path}: tokenizer_class '{name}' is not supported; expected {TokenizerClass}.");
        }

        if (name is null && file is { WordTokenizerType: null, SubwordTokenizerType: null, MecabKwargs: null })
        {
            throw new NotSupportedException(
                $"{path} names neither a tokenizer_class nor a word_tokenizer_type, so that it is BERT's own tokenizer, which is not " +
                $"supported; expected {TokenizerClass}.");
        }
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
    [JsonPropertyName("do_lower_case")] public bool DoLowerCase { get; set; }
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
