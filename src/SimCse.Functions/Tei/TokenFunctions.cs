using System.Text.Json;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;

namespace SimCse.Functions.Tei;

/// <summary>The routes of text-embeddings-inference that need only the tokenizer; see <see cref="TeiFunctions"/>.</summary>
public sealed class TokenFunctions(HttpEncoder encoder, IOptions<EmbedOptions> options)
{
    /// <summary>
    /// <c>POST /tokenize</c> → the tokens of each text and its prompt. <c>start</c> and <c>stop</c> are null: normalisation loses the
    /// offsets.
    /// </summary>
    [Function("Tokenize")]
    public async Task<IResult> TokenizeAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "tokenize")] HttpRequest httpRequest)
    {
        var (texts, special, wish) = await encoder.ReadAsync(httpRequest, "expected {\"inputs\": …}", fields => (
            EmbeddingInputs.ParseTexts(fields.Required("inputs"), "inputs", options.Value).Texts!,
            fields.Boolean("add_special_tokens", otherwise: true), RequestPrompt.OfTei(fields)));
        var ready = await encoder.ReadyAsync(httpRequest.HttpContext.RequestAborted);
        var (tokenizer, prompt) = (ready.Tokenizer, wish.Resolve(ready.Bundle.Prompts));

        // The texts are written one by one, because the answer to the largest request is 60 times as large as the request.
        return new JsonAnswer(async answer =>
        {
            answer.Writer.WriteStartArray();
            foreach (var text in texts)
            {
                answer.Aborted.ThrowIfCancellationRequested();
                JsonSerializer.Serialize(answer.Writer, Tokens(text), Replies.Types.TokenReplyArray);
                await answer.FlushIfLargeAsync();
            }

            answer.Writer.WriteEndArray();
        });

        TokenReply[] Tokens(string text)
        {
            var ids = tokenizer.EncodeToIds(prompt + text);
            int[] all = special ? [tokenizer.ClassificationId, .. ids, tokenizer.SeparatorId] : [.. ids];
            return [.. all.Select(id => new TokenReply(id, tokenizer.PieceOf(id), tokenizer.IsSpecial(id), null, null))];
        }
    }

    /// <summary><c>POST /decode</c> → a text for each list of ids.</summary>
    [Function("Decode")]
    public async Task<IResult> DecodeAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "decode")] HttpRequest httpRequest)
    {
        var (ids, skip) = await encoder.ReadAsync(httpRequest, "expected {\"ids\": …}", fields => (
            EmbeddingInputs.ParseIds(fields.Required("ids"), "ids", options.Value),
            fields.Boolean("skip_special_tokens", otherwise: true)));
        var tokenizer = (await encoder.ReadyAsync(httpRequest.HttpContext.RequestAborted)).Tokenizer;
        foreach (var (i, list) in ids.Index())
        {
            HttpEncoder.CheckIds(list, i, tokenizer);
        }

        string[] texts = [.. ids.Select(list => tokenizer.Decode(list.Where(id => !skip || !tokenizer.IsSpecial(id))) ?? "")];
        return Replies.Json(texts, Replies.Types.StringArray);
    }
}
