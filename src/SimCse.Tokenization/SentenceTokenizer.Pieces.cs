using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace SimCse.Tokenization;

/// <content>The members of <see cref="Tokenizer"/>: pieces without [CLS], [SEP] and truncation.</content>
public sealed partial class SentenceTokenizer
{
    private const string Continuation = "##";

    /// <summary>
    /// Joins pieces as Hugging Face's <c>convert_tokens_to_string</c> does: a blank before each piece that starts a word.
    /// </summary>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        idsConsumed = charsWritten = 0;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)_vocabulary.Count)
            {
                return OperationStatus.InvalidData;
            }

            var piece = _vocabulary[id].AsSpan();
            var continues = charsWritten > 0 && piece.StartsWith(Continuation, StringComparison.Ordinal);
            piece = continues ? piece[Continuation.Length..] : piece;
            var blank = charsWritten > 0 && !continues ? 1 : 0;
            if (charsWritten + blank + piece.Length > destination.Length)
            {
                return OperationStatus.DestinationTooSmall;
            }

            destination[charsWritten..(charsWritten + blank)].Fill(' ');
            piece.CopyTo(destination[(charsWritten + blank)..]);
            charsWritten += blank + piece.Length;
            idsConsumed++;
        }

        return OperationStatus.Done;
    }

    /// <summary>
    /// The pieces of a text. Offsets refer to <see cref="EncodeResults{T}.NormalizedText"/>, which holds the words with one blank between:
    /// normalisation leaves no offsets into the original text. A piece's offset is that of its word.
    /// </summary>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var sink = new StepSink(_subwords, _vocabulary);
        Walk(text is null ? textSpan : text.AsSpan(), ref sink);
        var normalized = new StringBuilder();
        var offsets = new Range[sink.Words.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            normalized.Append(i > 0 ? " " : "");
            offsets[i] = normalized.Length..(normalized.Length + sink.Words[i].Length);
            normalized.Append(sink.Words[i]);
        }

        var kept = Math.Min(sink.Pieces.Count, settings.MaxTokenCount);
        return new EncodeResults<EncodedToken>
        {
            NormalizedText = normalized.ToString(),
            CharsConsumed = kept == sink.Pieces.Count ? normalized.Length : kept == 0 ? 0 : offsets[sink.Pieces[kept - 1].Word].End.Value,
            Tokens = [.. sink.Pieces.Take(kept).Select(piece => new EncodedToken(piece.Id, piece.Text, offsets[piece.Word]))],
        };
    }
}
