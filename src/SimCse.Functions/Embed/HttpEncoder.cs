using Microsoft.Extensions.Options;
using SimCse.Functions.Http;
using SimCse.Inference;
using SimCse.Tokenization;

namespace SimCse.Functions.Embed;

/// <summary>The encoder for HTTP requests: it answers at once or not at all, within the limits of the model.</summary>
public sealed class HttpEncoder(WarmEncoder encoder, IOptions<EmbedOptions> options, RequestRoom room)
{
    private static readonly TimeSpan LoadingRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Reads a request with texts or ids, as soon as there is room for it; it keeps its place until it is answered.</summary>
    /// <inheritdoc cref="RequestFields.ReadAsync"/>
    internal async Task<T> ReadAsync<T>(HttpRequest request, string expected, Func<RequestFields, T> read)
    {
        var (context, limits) = (request.HttpContext, options.Value);
        var bytes = Math.Min(request.ContentLength ?? limits.MaxBodyBytes, limits.MaxBodyBytes);
        context.Response.RegisterForDispose(await room.EnterAsync(bytes, limits.MaxTexts, context.RequestAborted));
        return await RequestFields.ReadAsync(request, limits.MaxBodyBytes, expected, read);
    }

    /// <summary>Does not wait for the model, because the sender knows best how long it can wait.</summary>
    /// <exception cref="HttpErrorException">503: the model is not ready.</exception>
    public async Task<SentenceEncoder> ReadyAsync(CancellationToken cancellationToken) => encoder.Status switch
    {
        { State: WarmEncoderState.Ready } => await encoder.GetAsync(cancellationToken),
        { State: WarmEncoderState.Failed } failed => throw new HttpErrorException(
            StatusCodes.Status503ServiceUnavailable, $"The model could not be loaded: {failed.Reason}"),
        var loading => throw new HttpErrorException(StatusCodes.Status503ServiceUnavailable, loading.Reason!, LoadingRetryAfter),
    };

    /// <summary>Encodes the inputs of a request.</summary>
    /// <exception cref="HttpErrorException">
    /// 422: the model lacks the dimensions, ids or prompt, or a text is too long and not cut.
    /// </exception>
    internal static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var (bundle, texts) = (encoder.Bundle, request.Inputs.Texts);
        var prompt = (request.Prompt ?? new RequestPrompt()).Resolve(bundle.Prompts, hasIds: texts is null);
        var options = new EncodeOptions
        {
            Prompt = prompt,
            Normalize = request.Normalize,
            Dimensions = request.Dimensions,
            Priority = EncodePriority.Interactive,
        };
        try
        {
            options.OutputDimension(bundle.Model.Dimension);
        }
        catch (ArgumentException e)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }

        if (texts is not null && request.Truncate && !request.TruncateLeft)
        {
            return await encoder.EncodeAsync(texts, options, cancellationToken);
        }

        var ids = await Task.Run(() => Ids(encoder, request, prompt, cancellationToken), cancellationToken);
        return texts is not null && LeavesOut(bundle, prompt)
            ? await encoder.EncodeAsync(texts, options, cancellationToken) // none was cut, and only texts say where their prompt ends
            : await encoder.EncodeIdsAsync(ids, options with { Prompt = null }, cancellationToken);
    }

    /// <exception cref="HttpErrorException">422: the vocabulary does not have one of the ids.</exception>
    public static void CheckIds(IReadOnlyList<int> ids, int input, SentenceTokenizer tokenizer)
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

    /// <summary>Refuses ids that no text of this model has: those of another vocabulary would give vectors without meaning.</summary>
    /// <exception cref="HttpErrorException">422: they are not [CLS] … [SEP], or the vocabulary does not have one of them.</exception>
    private static void CheckSequence(int[] ids, int input, SentenceTokenizer tokenizer)
    {
        if (ids.Length < 2 || ids[0] != tokenizer.ClassificationId || ids[^1] != tokenizer.SeparatorId)
        {
            throw new HttpErrorException(
                StatusCodes.Status422UnprocessableEntity,
                $"The token ids of input {input} start with {ids[0]} and end with {ids[^1]}; those of this model start with [CLS], which " +
                $"is {tokenizer.ClassificationId}, and end with [SEP], which is {tokenizer.SeparatorId}. Probably they are of another " +
                "model's vocabulary: send texts instead. LangChain's OpenAIEmbeddings does so with check_embedding_ctx_length=False. " +
                "POST /tokenize gives the ids of this model.",
                type: ErrorType.Tokenizer);
        }

        CheckIds(ids, input, tokenizer);
    }

    /// <summary>Whether positions of the prompt are left out of the pooling.</summary>
    private static bool LeavesOut(Bundle bundle, string prompt) => bundle.Manifest.PoolsWithoutPrompt && prompt.Length > 0;

    /// <summary>Makes complete sequences, so that they can be counted or cut on the left.</summary>
    private static int[][] Ids(SentenceEncoder encoder, EmbeddingRequest request, string prompt, CancellationToken cancellationToken)
    {
        var tokenizer = encoder.Tokenizer;
        var max = tokenizer.MaxSequenceLength;
        var ids = new int[request.Inputs.Count][];
        for (var i = 0; i < ids.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] whole = request.Inputs.Ids?[i]
                ?? [tokenizer.ClassificationId, .. tokenizer.EncodeToIds(prompt + request.Inputs.Texts![i]), tokenizer.SeparatorId];
            CheckSequence(whole, i, tokenizer);
            if (whole.Length > max && !request.Truncate)
            {
                throw HttpErrorException.Unacceptable(
                    $"\"inputs[{i}]\" has {whole.Length} tokens; the model reads {max}. Shorten it, or let it be cut with \"truncate\": " +
                    "true.");
            }

            if (whole.Length > max && request.TruncateLeft && LeavesOut(encoder.Bundle, prompt))
            {
                throw HttpErrorException.Unacceptable(
                    $"\"inputs[{i}]\" has {whole.Length} tokens with its prompt, of which {max} are read; the model leaves its prompt " +
                    "out of the vector and needs to see where it ends. Expected a shorter text, or \"truncation_direction\": \"right\".");
            }

            ids[i] = whole.Length <= max ? whole
                : request.TruncateLeft ? [whole[0], .. whole[^(max - 1)..]]
                : [.. whole[..(max - 1)], whole[^1]];
        }

        return ids;
    }
}
