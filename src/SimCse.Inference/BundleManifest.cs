using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary><c>bundle.json</c>: what a bundle holds and everything that changes its vectors.</summary>
public sealed record BundleManifest
{
    public const string FileName = "bundle.json";

    /// <summary>BERT's configuration beside the standard graph: other runtimes read it, this project does not.</summary>
    public const string StandardConfiguration = "config.json";

    public const int CurrentVersion = 1;

    /// <summary>The version of this file's format; a reader refuses any other.</summary>
    public required int Version { get; init; }

    /// <summary>The model's published name, or the name of its folder.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the weights are random: the vectors show how things work and mean nothing.</summary>
    public bool Untrained { get; init; }

    /// <summary>The number of components of a sentence vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>The most ids in one sequence, [CLS] and [SEP] included.</summary>
    public required int MaxSequenceLength { get; init; }

    public required int VocabularySize { get; init; }

    public required Pooling Pooling { get; init; }

    /// <summary>The modules after the pooling, in words: <c>dense 256→256 tanh</c>.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    public required int Layers { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>The width of the feed-forward layers; <see langword="null"/> in bundles of earlier versions.</summary>
    public int? IntermediateSize { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>How close the vectors of a precision below fp32 are to those of fp32; <see langword="null"/> for fp32.</summary>
    public BundleQuality? Quality { get; init; }

    /// <summary>The graph's file; its input is <c>input_ids</c>, its output <c>sentence_embedding</c>.</summary>
    public required string Graph { get; init; }

    /// <summary>
    /// The graph in the form that other runtimes expect, if it was asked for: int64 <c>input_ids</c>, <c>attention_mask</c> and
    /// <c>token_type_ids</c>; outputs <c>last_hidden_state</c> and <c>sentence_embedding</c>.
    /// </summary>
    public string? StandardGraph { get; init; }

    /// <summary>The folder of the MeCab dictionary, for models whose words MeCab cuts.</summary>
    public string? Dictionary { get; init; }

    /// <summary>The dictionary's name in <c>mecab_dic</c>; <see langword="null"/> where only its folder was known.</summary>
    public string? DictionaryName { get; init; }

    /// <summary>
    /// Why it is this dictionary: <c>named by the model</c>, <c>given</c>, or <c>decided by the vocabulary</c> with the figures.
    /// </summary>
    public string? DictionaryFrom { get; init; }

    /// <summary>
    /// Settings of the model's files, <c>config.json:new_key</c>, that the import did not know and was told to ignore;
    /// <see langword="null"/> where there were none.
    /// </summary>
    public IReadOnlyList<string>? IgnoredSettings { get; init; }

    /// <summary>How the results were found to differ from the expected ones; <see langword="null"/> where none were given.</summary>
    public BundleSelfCheck? SelfCheck { get; init; }

    /// <summary>
    /// Where <see cref="MaxSequenceLength"/> comes from: <c>max_seq_length of sentence_bert_config.json</c>; <see langword="null"/> in
    /// bundles of earlier versions.
    /// </summary>
    public string? LimitFrom { get; init; }

    /// <summary>The model's prompts by their names; <see langword="null"/> where it has none.</summary>
    public IReadOnlyDictionary<string, string>? Prompts { get; init; }

    /// <summary>The name of the prompt that goes before every text whose caller asks for none.</summary>
    public string? DefaultPromptName { get; init; }

    /// <summary>
    /// Whether the pooling leaves out the positions of the prompt (<c>include_prompt: false</c>). The graph then has a second input, the
    /// number of positions to leave out, for each row.
    /// </summary>
    public bool PoolsWithoutPrompt { get; init; }

    /// <summary>The licence of the weights, as the model's card names it: <c>cc-by-sa-4.0</c>.</summary>
    public string? Licence { get; init; }

    /// <summary>
    /// SHA-256, hexadecimal, over everything that changes a vector: <see cref="Precision"/>, <see cref="MaxSequenceLength"/>, the prompts
    /// that are not empty, and path and hash of every file for which <see cref="IsCovered"/> is true. Names and licence are not part of it.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Whether the fingerprint covers a file. It leaves out only the files that only other runtimes read.</summary>
    public bool IsCovered(string file) => StandardGraph is null || (file != StandardGraph && file != StandardConfiguration);

    /// <summary>Every file of the bundle but this one, by its path with forward slashes, in ordinal order.</summary>
    public required IReadOnlyDictionary<string, BundleFile> Files { get; init; }
}

/// <param name="Bytes">The file's size.</param>
/// <param name="Sha256">The file's SHA-256, hexadecimal in lower case.</param>
public sealed record BundleFile(long Bytes, string Sha256);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IndentSize = 2, NewLine = "\n",
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BundleManifest))]
internal sealed partial class BundleJson : JsonSerializerContext;
