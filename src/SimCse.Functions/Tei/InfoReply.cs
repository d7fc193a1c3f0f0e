using System.Text.Json.Serialization;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Tei;

/// <summary>
/// The body of <c>GET /info</c>: text-embeddings-inference's fields and four of our own: <c>untrained</c>, <c>device</c>,
/// <c>prompts</c> and <c>default_prompt_name</c>.
/// <c>model_sha</c> is the bundle's fingerprint.
/// </summary>
internal sealed record InfoReply(
    [property: JsonPropertyName("model_id")] string ModelId,
    [property: JsonPropertyName("model_sha")] string ModelSha,
    [property: JsonPropertyName("model_dtype")] string ModelDtype,
    [property: JsonPropertyName("served_model_name")] string ServedModelName,
    [property: JsonPropertyName("model_type")] ModelTypeReply ModelType,
    [property: JsonPropertyName("max_concurrent_requests")] int MaxConcurrentRequests,
    [property: JsonPropertyName("max_input_length")] int MaxInputLength,
    [property: JsonPropertyName("max_batch_tokens")] int MaxBatchTokens,
    [property: JsonPropertyName("max_batch_requests"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? MaxBatchRequests,
    [property: JsonPropertyName("max_client_batch_size")] int MaxClientBatchSize,
    [property: JsonPropertyName("auto_truncate")] bool AutoTruncate,
    [property: JsonPropertyName("tokenization_workers")] int TokenizationWorkers,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("untrained")] bool Untrained,
    [property: JsonPropertyName("device")] string Device,
    [property: JsonPropertyName("prompts")] IReadOnlyDictionary<string, string> Prompts,
    [property: JsonPropertyName("default_prompt_name")] string? DefaultPromptName)
{
    public static InfoReply From(SentenceEncoder encoder, EmbedOptions limits)
    {
        var model = encoder.Bundle.Model;
        return new InfoReply(
            model.Name, model.Fingerprint, DataType(model.Precision), model.Name,
            new ModelTypeReply(new EmbeddingModelReply(model.Pooling.Name())), RequestRoom.MaxRequests, model.MaxSequenceLength,
            encoder.MaxTokensPerBatch, null, limits.MaxTexts, true, Environment.ProcessorCount,
            typeof(InfoReply).Assembly.GetName().Version!.ToString(3), model.Untrained, encoder.Device.Name(),
            encoder.Bundle.Prompts.Named, encoder.Bundle.Prompts.DefaultName);
    }

    /// <summary>The name that text-embeddings-inference uses, if it has the type.</summary>
    private static string DataType(Precision precision) => precision switch
    {
        Precision.Float32 => "float32",
        Precision.Float16 => "float16",
        _ => precision.Name(),
    };
}

internal sealed record ModelTypeReply(EmbeddingModelReply Embedding);

/// <param name="Pooling">The pooling: <c>cls</c>, <c>mean</c>, …</param>
internal sealed record EmbeddingModelReply(string Pooling);
