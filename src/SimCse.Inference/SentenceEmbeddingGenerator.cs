using Microsoft.Extensions.AI;

namespace SimCse.Inference;

/// <summary>The encoder as an embedding generator of <c>Microsoft.Extensions.AI</c>. Thread-safe; does not own the encoder.</summary>
/// <param name="encoder">The encoder, which the caller disposes of.</param>
/// <param name="defaults">
/// The prompt, priority, truncation and normalisation of all calls; a call may choose another number of dimensions.
/// </param>
public sealed class SentenceEmbeddingGenerator(
    SentenceEncoder encoder, EncodeOptions? defaults = null) : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EncodeOptions _defaults = defaults ?? new EncodeOptions();

    private readonly EmbeddingGeneratorMetadata _metadata = new(
        "simcse", defaultModelId: encoder.Bundle.Model.Name,
        defaultModelDimensions: (defaults ?? new EncodeOptions()).OutputDimension(encoder.Bundle.Model.Dimension));

    /// <summary>Encodes values; <see cref="EmbeddingGenerationOptions.Dimensions"/> keeps the first components.</summary>
    /// <exception cref="ArgumentException">The call asks for less than one dimension, or for more than the model has.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var texts = values as IReadOnlyList<string> ?? [.. values];
        var encoded = await encoder.EncodeAsync(
            texts, _defaults with { Dimensions = options?.Dimensions ?? _defaults.Dimensions }, cancellationToken);
        var now = DateTimeOffset.UtcNow;
        return new GeneratedEmbeddings<Embedding<float>>(Enumerable.Range(0, encoded.Count).Select(
            i => new Embedding<float>(encoded[i]) { ModelId = encoder.Bundle.Model.Name, CreatedAt = now }))
        {
            Usage = new UsageDetails { InputTokenCount = encoded.TotalTokens, TotalTokenCount = encoded.TotalTokens },
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType == typeof(SentenceEncoder) ? encoder
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Releases nothing, because the generator does not own the encoder.</summary>
    public void Dispose()
    {
    }
}
