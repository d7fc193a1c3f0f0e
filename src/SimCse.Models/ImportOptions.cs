using SimCse.Inference;

namespace SimCse.Models;

/// <summary>The options of an import.</summary>
public sealed record ImportOptions
{
    /// <summary>The least that an import in int16 is good for.</summary>
    public const double LeastCosineInInt16 = 0.9999;

    /// <summary>The model's published name; by default the folder's name.</summary>
    public string? Name { get; init; }

    /// <summary>The licence of the weights to name in the bundle, such as <c>cc-by-sa-4.0</c>; by default that of the README.md.</summary>
    public string? Licence { get; init; }

    /// <summary>The precision of the bundle; <see cref="Precision.Int8Stable"/> gives <see cref="Precision.Int8"/>.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// For a bundle below fp32: the least cosine, at the first percentile of the measured texts, between its vectors and those of float32.
    /// An import in 8 bits leaves as many matrices in float32 as it needs to reach it. One in int16 needs
    /// <see cref="LeastCosineInInt16"/>, if this is not more.
    /// </summary>
    public double MinCosine { get; init; } = 0.999;

    /// <summary>The least Spearman correlation between the similarities of pairs in the quantised bundle and in float32.</summary>
    public double MinSpearman { get; init; } = 0.997;

    /// <summary>Whether to write a quantised bundle that misses the two figures above, even with half of the matrices in float32.</summary>
    public bool AllowLowQuality { get; init; }

    /// <summary>
    /// A text file, one text a line, of such texts as the model will read: an import below fp32 calibrates and measures with them instead
    /// of its own sentences in the model's language.
    /// </summary>
    public string? CalibrationFile { get; init; }

    /// <summary>
    /// Also writes <c>onnx/model.onnx</c> for other runtimes: int64 <c>input_ids</c>, <c>attention_mask</c> and <c>token_type_ids</c>,
    /// outputs <c>last_hidden_state</c> and <c>sentence_embedding</c>, standard operators only, weights in the file itself. Copies
    /// <c>config.json</c> too, without which transformers.js opens no model.
    /// </summary>
    public bool StandardGraph { get; init; }

    /// <summary>
    /// The compiled MeCab dictionary to copy into the bundle, for a model whose words MeCab cuts; by default it is looked for as
    /// <see cref="Tokenization.MecabDictionaryFolder.Choose"/> says, and where the model names none, its vocabulary decides between those
    /// of <see cref="Tokenization.MecabDictionaryFolder.Defaults"/>. The bundle then needs no other dictionary.
    /// </summary>
    public string? DictionaryFolder { get; init; }

    /// <summary>
    /// The same by its name, <c>ipadic</c>, <c>unidic_lite</c> or <c>unidic</c>, to be found in <see cref="FetchedDictionaries"/>, the
    /// usual places or the download cache. Ignored where <see cref="DictionaryFolder"/> is given.
    /// </summary>
    public string? DictionaryName { get; init; }

    /// <summary>The folders of dictionaries that were fetched for this model, by their names; they go before the usual places.</summary>
    public IReadOnlyDictionary<string, string>? FetchedDictionaries { get; init; }

    /// <summary>
    /// Settings of the model's files to ignore although they may change vectors, <c>FILE:KEY</c> with the file's path in the model's
    /// folder: <c>config.json:new_key</c>.
    /// </summary>
    public IReadOnlyList<string> IgnoredSettings { get; init; } = [];

    /// <summary>
    /// JSON lines of <c>text</c> with <c>input_ids</c>, <c>embedding</c> and <c>prompt_name</c>, as the library gives them that the model
    /// was made with, to compare the bundle with; by default <c>expected.jsonl</c> in the model's folder, if it is there.
    /// </summary>
    public string? ExpectFile { get; init; }

    /// <summary>Whether to write a bundle whose ids or vectors are not the expected ones.</summary>
    public bool AllowDifference { get; init; }
}
