using SimCse.Functions.Http;
using SimCse.Inference;
using SimCse.Tokenization;

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
    /// <exception cref="HttpErrorException">
    /// 422: dimensions or ids that the model does not have; a text too long that is not to be cut.
    /// </exception>
    internal static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var options = new EncodeOptions
        {
            Normalize = request.Normalize,
            Dimensions = request.Dimensions,
            Priority = EncodePriority.Interactive,
        };
        try
        {
            options.OutputDimension(encoder.Bundle.Model.Dimension);
        }
        catch (ArgumentException e)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }

        if (request.Inputs.Texts is { } texts && request.Truncate && !request.TruncateLeft)
        {
            return await encoder.EncodeAsync(texts, options, cancellationToken);
        }

        var ids = await Task.Run(() => Ids(encoder, request, cancellationToken), cancellationToken);
        return await encoder.EncodeIdsAsync(ids, options, cancellationToken);
    }

    /// <exception cref="HttpErrorException">422: an id that the vocabulary does not have.</exception>
    public static void CheckIds(IReadOnlyList<int> ids, int input, BertJapaneseTokenizer tokenizer)
    {
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)tokenizer.VocabularySize)
            {
                throw new HttpErrorException(
                    StatusCodes.Status422UnprocessableEntity,
                    $"Token id {id} of input {input} is out of range; expected 0 to {tokenizer.VocabularySize - 1}.",
                    type: ErrorType.Tokenizer);
            }
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
            CheckIds(whole, i, tokenizer);
            if (whole.Length > max && !request.Truncate)
            {
                throw HttpErrorException.Unacceptable(
                    $"\"inputs[{i}]\" has {whole.Length} tokens; the model reads {max}. Shorten it, or let it be cut with \"truncate\": " +
                    "true.");
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
