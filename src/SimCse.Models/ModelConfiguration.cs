using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SimCse.Models.Weights;

namespace SimCse.Models;

/// <summary><c>config.json</c> of a BERT model, as transformers writes it.</summary>
internal sealed class BertConfig
{
    /// <summary>The name of a random model; in a trained one, usually the checkpoint that the training began with.</summary>
    [JsonPropertyName("_name_or_path")] public string? NameOrPath { get; set; }

    [JsonPropertyName("model_type")] public string ModelType { get; set; } = "";
    [JsonPropertyName("hidden_act")] public string HiddenAct { get; set; } = "gelu";
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; set; }
    [JsonPropertyName("intermediate_size")] public int IntermediateSize { get; set; }
    [JsonPropertyName("layer_norm_eps")] public float LayerNormEps { get; set; } = 1e-12f;
    [JsonPropertyName("max_position_embeddings")] public int MaxPositionEmbeddings { get; set; }
    [JsonPropertyName("num_attention_heads")] public int NumAttentionHeads { get; set; }
    [JsonPropertyName("num_hidden_layers")] public int NumHiddenLayers { get; set; }
    [JsonPropertyName("is_decoder")] public bool IsDecoder { get; set; }
    [JsonPropertyName("position_embedding_type")] public string PositionEmbeddingType { get; set; } = "absolute";
    [JsonPropertyName("type_vocab_size")] public int TypeVocabSize { get; set; } = 2;
    [JsonPropertyName("vocab_size")] public int VocabSize { get; set; }

    /// <summary>This project's own mark for weights that were never trained; transformers keeps keys that it does not know.</summary>
    [JsonPropertyName("simcse_untrained")] public bool Untrained { get; set; }
}

/// <summary><c>config_sentence_transformers.json</c>, as far as it changes a vector.</summary>
internal sealed class SentenceTransformersConfig
{
    [JsonPropertyName("prompts")] public Dictionary<string, string?>? Prompts { get; set; }
    [JsonPropertyName("default_prompt_name")] public string? DefaultPromptName { get; set; }
}

/// <summary>One entry of <c>modules.json</c>.</summary>
internal sealed class ModuleEntry
{
    [JsonPropertyName("idx")] public int Index { get; set; }
    [JsonPropertyName("name")] public string Name { get; set; } = "";
    [JsonPropertyName("path")] public string Path { get; set => field = value ?? ""; } = "";
    [JsonPropertyName("type")] public string Type { get; set => field = value ?? ""; } = "";
}

/// <summary>
/// <c>1_Pooling/config.json</c>. Older versions of sentence-transformers write a flag for each mode (<c>pooling_mode_cls_token</c>), newer
/// ones write <c>pooling_mode</c> with a name or a list of names.
/// </summary>
internal sealed class PoolingConfig
{
    private const string FlagPrefix = "pooling_mode_";

    [JsonPropertyName("word_embedding_dimension")] public int WordEmbeddingDimension { get; set; }
    [JsonPropertyName("pooling_mode_cls_token")] public bool ClassificationToken { get; set; }
    [JsonPropertyName("include_prompt")] public bool? IncludePrompt { get; set; }
    [JsonPropertyName("pooling_mode")] public JsonElement? Mode { get; set; }
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>The modes that are switched on, by the names that bundles use. An unknown mode keeps its own name.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Modes => [.. Named.Distinct(StringComparer.Ordinal)];

    private IEnumerable<string> Named =>
    [
        .. Mode switch
        {
            { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().Select(mode => Name(mode.ToString())),
            { ValueKind: JsonValueKind.String } one => [Name(one.GetString()!)],
            _ => [],
        },
        .. ClassificationToken ? (string[])["cls"] : [],
        .. (Others ?? []).Where(
            other => other.Key.StartsWith(FlagPrefix, StringComparison.Ordinal) && other.Value.ValueKind == JsonValueKind.True)
            .Select(flag => Name(flag.Key[FlagPrefix.Length..])),
    ];

    private static string Name(string mode) => mode switch
    {
        "cls_token" => "cls",
        "mean_tokens" => "mean",
        "max_tokens" => "max",
        "mean_sqrt_len_tokens" => "mean_sqrt_len",
        _ => mode,
    };
}

/// <summary><c>2_Dense/config.json</c>.</summary>
internal sealed class DenseConfig
{
    [JsonPropertyName("in_features")] public int InFeatures { get; set; }
    [JsonPropertyName("out_features")] public int OutFeatures { get; set; }
    [JsonPropertyName("bias")] public bool Bias { get; set; } = true;
    [JsonPropertyName("activation_function")] public string ActivationFunction { get; set; } = "";

    /// <summary>The input of the module. Newer versions can apply it to each token instead of the sentence vector.</summary>
    [JsonPropertyName("module_input_name")] public string? ModuleInputName { get; set; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, IndentSize = 2, NewLine = "\n", DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(BertConfig))]
[JsonSerializable(typeof(List<ModuleEntry>))]
[JsonSerializable(typeof(PoolingConfig))]
[JsonSerializable(typeof(SentenceTransformersConfig))]
[JsonSerializable(typeof(DenseConfig))]
[JsonSerializable(typeof(ShardIndex))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file is not the JSON expected.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing; expected a sentence-transformers model folder.", path);
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }
}
