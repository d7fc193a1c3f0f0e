using System.Net.Mime;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Functions;

/// <summary>
/// Writes <c>{"embeddings":[[…]],"tokens":[…],"truncated":[…],"model":"…"}</c> as it goes: the vectors are never copied, and a large answer is
/// sent while it is being written. <c>"untrained":true</c> is added for a model that is.
/// </summary>
internal static class EmbedReply
{
    private const int FlushBytes = 1 << 16;

    public static async Task WriteAsync(HttpContext context, EncodedTexts encoded, Bundle bundle, CancellationToken cancellationToken)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteStartArray("embeddings");
        for (var i = 0; i < encoded.Count; i++)
        {
            WriteVector(writer, encoded[i].Span);
            if (writer.BytesPending + writer.BytesCommitted > FlushBytes)
            {
                await FlushAsync();
            }
        }

        writer.WriteEndArray();
        WriteDetails(writer, encoded, bundle);
        writer.WriteEndObject();
        await FlushAsync();

        async Task FlushAsync()
        {
            writer.Flush();
            await context.Response.BodyWriter.FlushAsync(cancellationToken);
        }
    }

    public static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> vector)
    {
        writer.WriteStartArray();
        foreach (var component in vector)
        {
            writer.WriteNumberValue(component);
        }

        writer.WriteEndArray();
    }

    private static void WriteDetails(Utf8JsonWriter writer, EncodedTexts encoded, Bundle bundle)
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
        writer.WriteString("model", bundle.ModelName);
        if (bundle.Untrained)
        {
            writer.WriteBoolean("untrained", true);
        }
    }
}
