using Microsoft.Extensions.Options;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Embed;

/// <summary><c>POST /api/embed</c>: short texts to vectors, at once.</summary>
public sealed class EmbedFunction(HttpEncoder encoder, IOptions<EmbedOptions> options)
{
    [Function("Embed")]
    public async Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/embed")] HttpRequest httpRequest)
    {
        var cancellationToken = httpRequest.HttpContext.RequestAborted;
        var body = await RequestBody.ReadAsync(httpRequest, options.Value.MaxBodyBytes, cancellationToken);
        var request = EmbedRequest.Parse(body, options.Value);
        var ready = await encoder.ReadyAsync(cancellationToken);
        Check(request, ready);
        var how = new EncodeOptions { Normalize = request.Normalize, Dimensions = request.Dimensions, Priority = EncodePriority.Interactive };
        var encoded = await ready.EncodeAsync(request.Inputs, how, cancellationToken);
        return EmbedReply.Of(encoded, ready.Bundle);
    }

    private static void Check(EmbedRequest request, SentenceEncoder encoder)
    {
        HttpEncoder.CheckDimensions(request.Dimensions, encoder.Bundle);

        if (!request.Truncate)
        {
            RefuseTooLong(request.Inputs, encoder);
        }
    }

    private static void RefuseTooLong(IReadOnlyList<string> inputs, SentenceEncoder encoder)
    {
        var tokenizer = encoder.Tokenizer;
        var inputIds = new int[tokenizer.MaxSequenceLength];
        for (var i = 0; i < inputs.Count; i++)
        {
            tokenizer.Encode(inputs[i], inputIds, out var truncated);
            if (truncated)
            {
                // [CLS] and [SEP] count as everywhere else.
                var tokens = tokenizer.CountTokens(inputs[i]) + 2;
                throw HttpErrorException.Unacceptable(
                    $"\"inputs[{i}]\" has {tokens} tokens; the model reads {tokenizer.MaxSequenceLength}. Shorten it, or let it be cut with \"truncate\": true.");
            }
        }
    }
}
