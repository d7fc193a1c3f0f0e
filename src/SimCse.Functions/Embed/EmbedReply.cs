using System.Text.Json;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Embed;

/// <summary>
/// Streams <c>{"embeddings":[[…]],"tokens":[…],"truncated":[…],"model":"…","normalized":…,"prompt_eval_count":…}</c>, with
/// <c>"untrained":true</c> if the model is untrained. Ollama's clients read the count of all tokens.
/// </summary>
internal static class EmbedReply
{
    public static IResult Create(EncodedTexts encoded, bool normalized, Bundle bundle) => new JsonAnswer(async answer =>
    {
        var writer = answer.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("embeddings");
        for (var i = 0; i < encoded.Count; i++)
        {
            WriteVector(writer, encoded[i].Span);
            await answer.FlushIfLargeAsync();
        }

        writer.WriteEndArray();
        WriteDetails(writer, encoded, normalized, bundle);
        writer.WriteEndObject();
    });

    public static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> vector)
    {
        writer.WriteStartArray();
        foreach (var component in vector)
        {
            writer.WriteNumberValue(component);
        }

        writer.WriteEndArray();
    }

    private static void WriteDetails(Utf8JsonWriter writer, EncodedTexts encoded, bool normalized, Bundle bundle)
    {
        writer.WriteStartArray("tokens");
        foreach (var tokens in encoded.Tokens)
        {
            writer.WriteNumberValue(tokens);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("truncated");
        foreach (var truncated in encoded.Truncated)
        {
            writer.WriteBooleanValue(truncated);
        }

        writer.WriteEndArray();
        writer.WriteString("model", bundle.Model.Name);
        writer.WriteBoolean("normalized", normalized);
        writer.WriteNumber("prompt_eval_count", encoded.TotalTokens);
        if (bundle.Model.Untrained)
        {
            writer.WriteBoolean("untrained", true);
        }
    }
}
