using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <summary>Hugging Face's <c>MecabTokenizer</c>: NFKC, MeCab's surfaces, lower case where the model says so. Thread-safe.</summary>
/// <remarks>
/// fugashi, which Hugging Face calls MeCab through, passes no length, so that MeCab sees the text up to the first U+0000: so it is here.
/// Source: <c>transformers/models/bert_japanese/tokenization_bert_japanese.py</c> (huggingface/transformers 006023e2),
/// <c>fugashi/fugashi.pyx</c> (polm/fugashi 1576b66a).
/// </remarks>
internal sealed class MecabWordTokenizer(
    MecabDictionary dictionary, bool normalizes, bool lowerCase, IReadOnlyCollection<string> neverSplit) : IWordTokenizer
{
    private readonly LatticePool _lattices = new(dictionary);

    public string DictionaryFolder => dictionary.Folder;

    public void Tokenize<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var normalized = normalizes ? UnicodeNormalization.Normalize(text, NormalizationForm.FormKC) : text;
        var end = normalized.IndexOf('\0');
        var lattice = _lattices.Rent();
        if (lowerCase)
        {
            var lowered = new LoweredSink<TSink>(sink, neverSplit);
            lattice.Segment(end < 0 ? normalized : normalized[..end], ref lowered);
            sink = lowered.Sink;
        }
        else
        {
            lattice.Segment(end < 0 ? normalized : normalized[..end], ref sink);
        }

        _lattices.Return(lattice);
    }

    private ref struct LoweredSink<TSink>(TSink sink, IReadOnlyCollection<string> neverSplit) : IWordSink
        where TSink : struct, IWordSink, allows ref struct
    {
        public TSink Sink = sink;

        public bool Add(scoped ReadOnlySpan<char> word)
        {
            var text = word.ToString();
            return Sink.Add(neverSplit.Contains(text) ? text : PythonText.ToLower(text));
        }
    }
}
