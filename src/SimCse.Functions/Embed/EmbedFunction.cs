using Microsoft.Extensions.Options;
using SimCse.Functions.Http;

namespace SimCse.Functions.Embed;

/// <summary><c>POST /api/embed</c>: encodes short texts at once. An empty text is valid: <c>[CLS][SEP]</c>.</summary>
public sealed class EmbedFunction(HttpEncoder encoder, IOptions<EmbedOptions> options)
{
    private const string Expected = "expected {\"inputs\": \"…\"} or {\"inputs\": [\"…\", …]}";

    [Function("Embed")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/embed")] HttpRequest httpRequest)
    {
        var cancellationToken = httpRequest.HttpContext.RequestAborted;
        var request = await RequestFields.ReadAsync(httpRequest, options.Value.MaxBodyBytes, Expected, fields => new EmbeddingRequest(
            EmbeddingInputs.ParseTexts(fields.Required("inputs"), "inputs", options.Value, mayBeEmpty: true),
            fields.Boolean("normalize", otherwise: false), fields.Integer("dimensions"), fields.Boolean("truncate", otherwise: true)));
        var ready = await encoder.ReadyAsync(cancellationToken);
        return EmbedReply.Create(await HttpEncoder.EncodeAsync(ready, request, cancellationToken), ready.Bundle);
    }
}
