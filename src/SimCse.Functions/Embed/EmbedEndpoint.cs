using Microsoft.Extensions.Options;
using SimCse.Inference;

namespace SimCse.Functions;

/// <summary><c>POST /api/embed</c>: short texts to vectors, at once.</summary>
internal sealed class EmbedEndpoint(WarmEncoder encoder, IOptions<EmbedOptions> options)
{
    private static readonly TimeSpan LoadingRetryAfter = TimeSpan.FromSeconds(2);

    public async Task HandleAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var body = await RequestBody.ReadAsync(context.Request, options.Value.MaxBodyBytes, cancellationToken);
        var request = EmbedRequest.Parse(body, options.Value);
        var ready = await ReadyEncoderAsync(cancellationToken);
        Check(request, ready);
        var how = new EncodeOptions { Normalize = request.Normalize, Dimensions = request.Dimensions, Priority = EncodePriority.Interactive };
        var encoded = await ready.EncodeAsync(request.Inputs, how, cancellationToken);
        await EmbedReply.WriteAsync(context, encoded, ready.Bundle, cancellationToken);
    }

    /// <summary>A request does not wait for the model: its sender knows better how long it can.</summary>
    private async Task<SentenceEncoder> ReadyEncoderAsync(CancellationToken cancellationToken) => encoder.Status switch
    {
        { State: WarmEncoderState.Ready } => await encoder.GetAsync(cancellationToken),
        { State: WarmEncoderState.Failed } failed => throw new HttpErrorException(
            StatusCodes.Status503ServiceUnavailable, $"The model could not be loaded: {failed.Reason}"),
        var loading => throw new HttpErrorException(StatusCodes.Status503ServiceUnavailable, loading.Reason!, LoadingRetryAfter),
    };

    private static void Check(EmbedRequest request, SentenceEncoder encoder)
    {
        if (request.Dimensions is { } wanted && (wanted < 1 || wanted > encoder.Bundle.Dimension))
        {
            throw HttpErrorException.Unacceptable($"\"dimensions\" is {wanted}; expected 1 to {encoder.Bundle.Dimension}, which the model has.");
        }

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
