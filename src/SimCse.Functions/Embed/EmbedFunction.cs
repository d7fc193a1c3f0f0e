using Microsoft.Extensions.Options;

namespace SimCse.Functions.Embed;

/// <summary>
/// <c>POST /api/embed</c>: encodes short texts at once. An empty text is valid: <c>[CLS][SEP]</c>. With <c>input</c> in place of
/// <c>inputs</c> it is Ollama's route, whose vectors have length 1 unless the request says otherwise.
/// </summary>
public sealed class EmbedFunction(HttpEncoder encoder, IOptions<EmbedOptions> options)
{
    private const string Expected = "expected {\"inputs\": \"…\"} or {\"inputs\": [\"…\", …]}";

    [Function("Embed")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/embed")] HttpRequest httpRequest)
    {
        var cancellationToken = httpRequest.HttpContext.RequestAborted;
        var request = await encoder.ReadAsync(httpRequest, Expected, fields =>
        {
            var isOllamas = fields.Has("input") && !fields.Has("inputs");
            var name = isOllamas ? "input" : "inputs";
            return new EmbeddingRequest(
                EmbeddingInputs.ParseTexts(fields.Required(name), name, options.Value, mayBeEmpty: true),
                fields.Boolean("normalize", otherwise: isOllamas), fields.Integer("dimensions"),
                fields.Boolean("truncate", otherwise: true), Prompt: RequestPrompt.Own(fields));
        });
        var ready = await encoder.ReadyAsync(cancellationToken);
        return EmbedReply.Create(await HttpEncoder.EncodeAsync(ready, request, cancellationToken), request.Normalize, ready.Bundle);
    }
}
