using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Embed;

/// <summary>The encoder as HTTP requests see it: there at once or not at all, and with the limits of the model.</summary>
public sealed class HttpEncoder(WarmEncoder encoder)
{
    private static readonly TimeSpan LoadingRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>A request does not wait for the model: its sender knows better how long it can.</summary>
    /// <exception cref="HttpErrorException">503: it is not there.</exception>
    public async Task<SentenceEncoder> ReadyAsync(CancellationToken cancellationToken) => encoder.Status switch
    {
        { State: WarmEncoderState.Ready } => await encoder.GetAsync(cancellationToken),
        { State: WarmEncoderState.Failed } failed => throw new HttpErrorException(
            StatusCodes.Status503ServiceUnavailable, $"The model could not be loaded: {failed.Reason}"),
        var loading => throw new HttpErrorException(StatusCodes.Status503ServiceUnavailable, loading.Reason!, LoadingRetryAfter),
    };

    /// <summary>Encodes what a request holds.</summary>
    /// <exception cref="HttpErrorException">422: dimensions or ids that the model does not have; a text too long that is not to be cut.</exception>
    internal static async Task<EncodedTexts> EncodeAsync(SentenceEncoder encoder, EmbeddingRequest request, CancellationToken cancellationToken)
    {
        CheckDimensions(request.Dimensions, encoder.Bundle);
        var options = new EncodeOptions { Normalize = request.Normalize, Dimensions = request.Dimensions, Priority = EncodePriority.Interactive };
        if (request.Inputs.Texts is { } texts && request.Truncate && !request.TruncateLeft)
        {
            return await encoder.EncodeAsync(texts, options, cancellationToken);
        }

        var ids = await Task.Run(() => Ids(encoder, request, cancellationToken), cancellationToken);
        return await encoder.EncodeIdsAsync(ids, options, cancellationToken);
    }

    public static void CheckDimensions(int? dimensions, Bundle bundle)
    {
        if (dimensions is { } wanted && (wanted < 1 || wanted > bundle.Dimension))
        {
            throw HttpErrorException.Unacceptable($"\"dimensions\" is {wanted}; expected 1 to {bundle.Dimension}, which the model has.");
        }
    }

    /// <summary>Whole sequences, so that they can be counted or cut on the left.</summary>
    private static int[][] Ids(SentenceEncoder encoder, EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var tokenizer = encoder.Tokenizer;
        var max = tokenizer.MaxSequenceLength;
        var ids = new int[request.Inputs.Count][];
        for (var i = 0; i < ids.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] whole = request.Inputs.Ids is { } given
                ? given[i]
                : [tokenizer.ClassificationId, .. tokenizer.EncodeToIds(request.Inputs.Texts![i]), tokenizer.SeparatorId];
            if (Array.FindIndex(whole, id => (uint)id >= (uint)tokenizer.VocabularySize) is >= 0 and var at)
            {
                throw new HttpErrorException(
                    StatusCodes.Status422UnprocessableEntity,
                    $"Token id {whole[at]} of input {i} is out of range; expected 0 to {tokenizer.VocabularySize - 1}.", type: ErrorType.Tokenizer);
            }

            if (whole.Length > max && !request.Truncate)
            {
                throw HttpErrorException.Unacceptable($"`inputs` must have at most {max} tokens. Given: {whole.Length} (input {i}).");
            }

            ids[i] = whole.Length > max && request.TruncateLeft ? CutLeft(whole, max, request.Inputs.Ids is null) : whole;
            if (whole.Length > max && !request.TruncateLeft && request.Inputs.Ids is null)
            {
                ids[i] = [.. whole[..(max - 1)], tokenizer.SeparatorId];
            }
        }

        return ids;
    }

    /// <summary>Keeps the end, and [CLS] before it where the sequence is a text's.</summary>
    private static int[] CutLeft(int[] whole, int max, bool isText) => isText ? [whole[0], .. whole[^(max - 1)..]] : whole[^max..];
}
