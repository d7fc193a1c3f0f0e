using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>The description of a bundle's model in manifests, footers of parts and answers.</summary>
/// <param name="Name">The model's published name, or the name of its folder.</param>
/// <param name="Fingerprint">SHA-256, hexadecimal, over everything that changes a vector.</param>
/// <param name="Dimension">The number of components of one vector.</param>
/// <param name="Pooling">How the vectors of all tokens become one.</param>
/// <param name="Precision">The precision of weights and products.</param>
/// <param name="MaxSequenceLength">The most ids in one sequence, [CLS] and [SEP] included. Longer texts are cut on the right.</param>
/// <param name="Untrained">Whether the weights are random: the vectors show how things work and mean nothing.</param>
public record ModelDescription(
    string Name, string Fingerprint, int Dimension, Pooling Pooling, Precision Precision, int MaxSequenceLength, bool Untrained);

/// <summary>How a model's products are computed; the names are those of <c>bundle.json</c> and the command line.</summary>
[JsonConverter(typeof(EnumNameConverter<Precision>))]
public enum Precision
{
    /// <summary>Everything in float32: exact, and the same in any batch to 1e-5.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>Weights and activations in float16: for GPUs. On CPU it runs too, slower than <see cref="Float32"/>.</summary>
    [JsonStringEnumMemberName("fp16")]
    Float16,

    /// <summary>
    /// 8-bit products: the fastest on CPU. A text's vector is the same in any batch, except in bundles of earlier versions, whose
    /// activations have one scale a run.
    /// </summary>
    [JsonStringEnumMemberName("int8")]
    Int8,

    /// <summary>16-bit products: between fp32 and int8 in speed, and nearly as exact as fp32. The same vector in any batch.</summary>
    [JsonStringEnumMemberName("int16")]
    Int16,

    /// <summary>8-bit products in bundles of earlier versions: a scale for each token, the same vector in any batch.</summary>
    [JsonStringEnumMemberName("int8-stable")]
    Int8Stable,
}

/// <summary>How the vectors of all tokens become one, as sentence-transformers' <c>Pooling</c> does it.</summary>
[JsonConverter(typeof(EnumNameConverter<Pooling>))]
public enum Pooling
{
    /// <summary>The vector of <c>[CLS]</c>.</summary>
    [JsonStringEnumMemberName("cls")]
    Cls,

    /// <summary>The mean over the tokens.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>The largest value of each component.</summary>
    [JsonStringEnumMemberName("max")]
    Max,

    /// <summary>The sum over the tokens, divided by the square root of their number.</summary>
    [JsonStringEnumMemberName("mean_sqrt_len")]
    MeanSqrtLength,
}
