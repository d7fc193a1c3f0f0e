using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.OpenAi;

/// <summary>
/// <c>POST /v1/embeddings</c> for OpenAI's clients, under each path that they ask. Vectors have length 1 unless the request has
/// <c>"normalize": false</c>, which OpenAI does not know; <c>model</c>, <c>user</c> and <c>api-version</c> are ignored.
/// </summary>
public sealed class EmbeddingsFunction(HttpEncoder encoder, IOptions<EmbedOptions> options, RequestMetrics metrics)
{
    private const string Expected = "expected {\"input\": \"…\"} or {\"input\": [\"…\", …]}";

    [Function("Embeddings")]
    public async Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "v1/embeddings")] HttpRequest httpRequest)
    {
        var start = Stopwatch.GetTimestamp();
        var context = httpRequest.HttpContext;
        var (request, base64) = await encoder.ReadAsync(httpRequest, Expected, fields => (
            new EmbeddingRequest(
                EmbeddingInputs.Parse(fields.Required("input"), "input", options.Value),
                fields.Boolean("normalize", otherwise: true), fields.Integer("dimensions"), Prompt: RequestPrompt.OfOpenAi(fields)),
            fields.IsSecond("encoding_format", "float", "base64")));
        var ready = await encoder.ReadyAsync(context.RequestAborted);
        metrics.Received(request.Inputs.Count);
        var encoded = await HttpEncoder.EncodeAsync(ready, request, context.RequestAborted);
        metrics.Succeeded(context, request.Inputs.Characters, encoded, start, ready.Device);
        return Reply(encoded, request.Normalize, ready.Bundle.Model.Name, base64);
    }

    /// <summary><c>POST /openai/v1/embeddings</c>: the address that Azure gives OpenAI's own clients.</summary>
    [Function("EmbeddingsOpenAi")]
    public Task<IResult> OpenAiAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "openai/v1/embeddings")] HttpRequest httpRequest) =>
        RunAsync(httpRequest);

    /// <summary><c>POST /openai/deployments/{deployment}/embeddings?api-version=…</c>: clients of Azure OpenAI.</summary>
    [Function("EmbeddingsDeployment")]
    public Task<IResult> DeploymentAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "openai/deployments/{deployment}/embeddings")] HttpRequest httpRequest) =>
        RunAsync(httpRequest);

    /// <summary><c>POST /embeddings</c>: text-embeddings-inference's other path.</summary>
    [Function("EmbeddingsTei")]
    public Task<IResult> TeiAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "embeddings")] HttpRequest httpRequest) =>
        RunAsync(httpRequest);

    private static JsonAnswer Reply(EncodedTexts encoded, bool normalized, string model, bool base64) => new(async answer =>
    {
        var writer = answer.Writer;
        writer.WriteStartObject();
        writer.WriteString("object", "list");
        writer.WriteStartArray("data");
        for (var i = 0; i < encoded.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("object", "embedding");
            writer.WritePropertyName("embedding");
            WriteVector(writer, encoded[i].Span, base64);
            writer.WriteNumber("index", i);
            writer.WriteEndObject();
            await answer.FlushIfLargeAsync();
        }

        writer.WriteEndArray();
        writer.WriteString("model", model);
        writer.WriteBoolean("normalized", normalized);
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", encoded.TotalTokens);
        writer.WriteNumber("total_tokens", encoded.TotalTokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>base64 holds the components as little-endian float32, the byte order of every machine that .NET runs on.</summary>
    private static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> vector, bool base64)
    {
        if (base64)
        {
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(vector));
        }
        else
        {
            EmbedReply.WriteVector(writer, vector);
        }
    }
}
