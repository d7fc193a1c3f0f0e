using System.Diagnostics;
using System.Numerics.Tensors;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Tei;

/// <summary>
/// The routes of Hugging Face's text-embeddings-inference that this model can serve, with the same fields, defaults, headers and errors.
/// Source: huggingface/text-embeddings-inference 0d124dc9, router/src/http/server.rs.
/// </summary>
public sealed class TeiFunctions(HttpEncoder encoder, IOptions<EmbedOptions> options, RequestMetrics metrics)
{
    internal static readonly Operations<TeiFunctions> Operations = new(("POST /", (tei, request) => tei.EmbedAsync(request)));

    /// <summary><c>POST /embed</c> → <c>[[…]]</c>.</summary>
    [Function("EmbedTei")]
    public async Task<IResult> EmbedAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "embed")] HttpRequest httpRequest)
    {
        var start = Stopwatch.GetTimestamp();
        var request = await ReadAsync(httpRequest, "expected {\"inputs\": …}", fields => Common(
            fields, EmbeddingInputs.Parse(fields.Required("inputs"), "inputs", options.Value),
            fields.Boolean("normalize", otherwise: true), fields.Integer("dimensions")));
        var encoded = await EncodeAsync(httpRequest.HttpContext, request, start);
        return new JsonAnswer(async answer =>
        {
            answer.Writer.WriteStartArray();
            for (var i = 0; i < encoded.Count; i++)
            {
                EmbedReply.WriteVector(answer.Writer, encoded[i].Span);
                await answer.FlushIfLargeAsync();
            }

            answer.Writer.WriteEndArray();
        });
    }

    /// <summary><c>POST /similarity</c> → the cosine similarity of one sentence to each of several others.</summary>
    [Function("Similarity")]
    public async Task<IResult> SimilarityAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "similarity")] HttpRequest httpRequest)
    {
        var start = Stopwatch.GetTimestamp();
        var request = await ReadAsync(httpRequest, "expected {\"inputs\": {\"source_sentence\": …, \"sentences\": […]}}", Similarity);
        var encoded = await EncodeAsync(httpRequest.HttpContext, request, start);
        var cosines = new float[encoded.Count - 1];
        for (var i = 0; i < cosines.Length; i++)
        {
            cosines[i] = TensorPrimitives.CosineSimilarity(encoded[0].Span, encoded[i + 1].Span);
        }

        return Replies.Json(cosines, Replies.Types.SingleArray);
    }

    /// <summary><c>GET /info</c>.</summary>
    [Function("Info")]
    public async Task<IResult> InfoAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "info")] HttpRequest httpRequest) =>
        Replies.Json(
            InfoReply.From(await encoder.ReadyAsync(httpRequest.HttpContext.RequestAborted), options.Value), Replies.Types.InfoReply);

    /// <summary><c>GET /metrics</c>: Prometheus's text format, version 0.0.4.</summary>
    [Function("Metrics")]
    public async Task<IResult> MetricsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "metrics")] HttpRequest httpRequest) =>
        TypedResults.Text(await metrics.ToTextAsync(httpRequest.HttpContext.RequestAborted), "text/plain; version=0.0.4; charset=utf-8");

    /// <summary><c>POST /</c>, which is <c>/embed</c>.</summary>
    [Function("EmbedRoot")]
    public Task<IResult> RootAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", "post", Route = "{root:maxlength(0)?}")] HttpRequest httpRequest) =>
        AnythingElseAsync(httpRequest);

    /// <summary>
    /// Whatever no other function answers. The host tries routes in the order of the functions' names, so this name must be the last one.
    /// It tries its own <c>/admin/warmup</c> after them (FunctionMetadataManager.cs and WebScriptHostHttpRoutesManager.cs of
    /// Azure/azure-functions-host at 89dc438d).
    /// </summary>
    [Function("ZAnythingElse")]
    public Task<IResult> AnythingElseAsync(
        [HttpTrigger(
            AuthorizationLevel.Function, "get", "head", "post", "put", "patch", "delete", "options",
            Route = "{first:regex(^(?!admin$).*)}/{*rest}")]
        HttpRequest httpRequest) => Operations.RunAsync(this, httpRequest, httpRequest.Path.Value!);

    private Task<EmbeddingRequest> ReadAsync(HttpRequest request, string expected, Func<RequestFields, EmbeddingRequest> read) =>
        encoder.ReadAsync(request, expected, read);

    private async Task<EncodedTexts> EncodeAsync(HttpContext context, EmbeddingRequest request, long start)
    {
        var ready = await encoder.ReadyAsync(context.RequestAborted);
        metrics.Received(request.Inputs.Count);
        var encoded = await HttpEncoder.EncodeAsync(ready, request, context.RequestAborted);
        metrics.Succeeded(context, request.Inputs.Characters, encoded, start, ready.Device);
        return encoded;
    }

    private EmbeddingRequest Similarity(RequestFields fields)
    {
        var inputs = fields.Object("inputs");
        var sentences = inputs.Required("sentences");
        if (sentences.ValueKind != JsonValueKind.Array)
        {
            throw HttpErrorException.BadRequest($"\"sentences\" is {sentences.Describe()}; expected strings.");
        }

        if (sentences.GetArrayLength() is > 0 and var others)
        {
            EmbeddingInputs.CheckCount(others + 1, "inputs", options.Value); // including the sentence that the others are compared with
        }
        else
        {
            throw HttpErrorException.Empty("\"sentences\" holds no text.");
        }

        string[] texts =
        [
            EmbeddingInputs.Text(inputs.Required("source_sentence"), "source_sentence", options.Value),
            .. sentences.EnumerateArray().Select((text, i) => EmbeddingInputs.Text(text, $"sentences[{i}]", options.Value)),
        ];
        return Common(fields.OptionalObject("parameters") ?? fields, new EmbeddingInputs(texts, null), normalize: false, dimensions: null);
    }

    private static EmbeddingRequest Common(RequestFields fields, EmbeddingInputs inputs, bool normalize, int? dimensions)
    {
        return new EmbeddingRequest(
            inputs, normalize, dimensions, fields.Boolean("truncate", otherwise: true), IsLeft(fields.String("truncation_direction")),
            RequestPrompt.OfTei(fields));
    }

    private static bool IsLeft(string? direction) => direction?.ToLowerInvariant() switch
    {
        null or "right" => false,
        "left" => true,
        _ => throw HttpErrorException.BadRequest(
            $"\"truncation_direction\" is \"{RequestJson.Shorten(direction)}\"; expected \"left\" or \"right\"."),
    };
}
