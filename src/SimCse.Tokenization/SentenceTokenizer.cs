using System.Buffers;
using System.Globalization;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization;

/// <summary>
/// The tokenizer of a model, as sentence-transformers calls it: special tokens apart, words, pieces, [CLS] … [SEP], truncated on the
/// right. It is Hugging Face's <c>BertJapaneseTokenizer</c> or <c>BertTokenizer</c>, as the model's files say.
/// </summary>
/// <remarks>
/// With <c>do_lower_case</c>, MeCab's words are lower-cased, as in transformers 5; version 4 lowers the text before it is cut. The
/// published model does neither.
/// Thread-safe. The members of the base class see pieces only, without [CLS] and [SEP] and without truncation; <see cref="Encode"/> gives
/// what the model reads.
/// </remarks>
public sealed partial class SentenceTokenizer : Microsoft.ML.Tokenizers.Tokenizer
{
    private readonly TokenizerConfiguration _configuration;
    private readonly Vocabulary _vocabulary;
    private readonly IWordTokenizer _words;
    private readonly ISubwordTokenizer _subwords;
    private readonly SearchValues<string> _specialTokens;
    private readonly string[] _specialTokenTexts;
    private readonly int _classificationId;
    private readonly int _separatorId;

    private SentenceTokenizer(TokenizerConfiguration configuration, Vocabulary vocabulary, IWordTokenizer words)
    {
        _configuration = configuration;
        _vocabulary = vocabulary;
        _words = words;
        UnknownId = IdOf("unk_token");
        _classificationId = IdOf("cls_token");
        _separatorId = IdOf("sep_token");
        _subwords = configuration.SubwordTokenizerType == "character"
            ? new CharacterTokenizer(vocabulary, UnknownId)
            : new WordPieceTokenizer(vocabulary, UnknownId);
        _specialTokenTexts = [.. configuration.SpecialTokens.Values.Distinct().OrderByDescending(token => token.Length)];
        _specialTokens = SearchValues.Create(_specialTokenTexts, StringComparison.Ordinal);

        int IdOf(string name) => vocabulary.TryGetId(configuration.SpecialTokens[name], out var id)
            ? id
            : throw new InvalidDataException($"vocab.txt lacks '{configuration.SpecialTokens[name]}', which the model uses as {name}.");
    }

    /// <summary>Ids at most, [CLS] and [SEP] included.</summary>
    public int MaxSequenceLength => _configuration.MaxSequenceLength;

    public int VocabularySize => _vocabulary.Count;

    /// <summary>[UNK], which stands for what the vocabulary lacks.</summary>
    public int UnknownId { get; }

    /// <summary>[CLS], the first of the ids that the model reads.</summary>
    public int ClassificationId => _classificationId;

    /// <summary>[SEP], the last of them.</summary>
    public int SeparatorId => _separatorId;

    /// <summary>Whether an id stands for a special token, such as [CLS] or [UNK]. False for what is no id.</summary>
    public bool IsSpecial(int id) =>
        (uint)id < (uint)_vocabulary.Count && Array.IndexOf(_specialTokenTexts, _vocabulary[id]) >= 0;

    /// <summary>The piece of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the vocabulary.</exception>
    public string PieceOf(int id) => (uint)id < (uint)_vocabulary.Count
        ? _vocabulary[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Expected 0 to {_vocabulary.Count - 1}.");

    /// <summary>The folder of the MeCab dictionary in use; null where the model does without MeCab.</summary>
    public string? DictionaryFolder => (_words as MecabWordTokenizer)?.DictionaryFolder;

    /// <summary>
    /// Reads <c>tokenizer_config.json</c>, <c>vocab.txt</c>, <c>special_tokens_map.json</c> and <c>sentence_bert_config.json</c>. A
    /// <c>BertTokenizer</c>'s vocabulary may stand in <c>tokenizer.json</c>.
    /// </summary>
    /// <param name="folder">A sentence-transformers folder or a bundle.</param>
    /// <param name="options">What the files leave open; none are needed.</param>
    /// <exception cref="FileNotFoundException">A file that must be there is not.</exception>
    /// <exception cref="DirectoryNotFoundException">
    /// The model needs a MeCab dictionary and none was found; see <see cref="MecabDictionaryFolder"/>.
    /// </exception>
    /// <exception cref="InvalidDataException">A file does not hold what it should.</exception>
    /// <exception cref="NotSupportedException">The model asks for a tokenizer that this project does not have.</exception>
    /// <exception cref="PlatformNotSupportedException">The process cannot normalise Unicode (invariant globalization).</exception>
    public static SentenceTokenizer Load(string folder, SentenceTokenizerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        UnicodeNormalization.Require();
        var configuration = TokenizerConfiguration.Load(folder, options?.MaxPositions);
        var vocabulary = TokenizerJsonFile.LoadVocabulary(folder, configuration);
        return new SentenceTokenizer(configuration, vocabulary, LoadWords(folder, configuration, options?.DictionaryFolder));
    }

    private static IWordTokenizer LoadWords(string folder, TokenizerConfiguration configuration, string? dictionaryFolder)
    {
        if (configuration.WordTokenizerType == TokenizerConfiguration.BertWords)
        {
            return new BertWordTokenizer(configuration.LowerCase, configuration.StripAccents, configuration.SplitIdeographs);
        }

        string[] neverSplit = [.. configuration.SpecialTokens.Values];
        if (configuration.Mecab is not { } mecab)
        {
            return new BasicWordTokenizer(configuration.LowerCase, neverSplit);
        }

        var dictionary = MecabDictionary.Open(
            MecabDictionaryFolder.Find(folder, mecab, dictionaryFolder, MecabDictionaryFolder.FromEnvironment));
        return new MecabWordTokenizer(dictionary, mecab.Normalizes, configuration.LowerCase, neverSplit);
    }

    /// <summary>Writes the ids that the model reads and returns their number: [CLS], pieces, [SEP].</summary>
    /// <param name="text">Any text; surrogates without a partner are read as U+FFFD.</param>
    /// <param name="inputIds">Room for <see cref="MaxSequenceLength"/> ids, owned by the caller.</param>
    /// <param name="truncated">Whether pieces were dropped to keep to <see cref="MaxSequenceLength"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="inputIds"/> is too short.</exception>
    public int Encode(ReadOnlySpan<char> text, Span<int> inputIds, out bool truncated)
    {
        if (inputIds.Length < MaxSequenceLength)
        {
            throw new ArgumentException($"Room for {inputIds.Length} ids; expected {MaxSequenceLength}.", nameof(inputIds));
        }

        var sink = new IdSink(_subwords, inputIds[1..(MaxSequenceLength - 1)]);
        Walk(text, ref sink);
        truncated = sink.Count > MaxSequenceLength - 2;
        var pieces = Math.Min(sink.Count, MaxSequenceLength - 2);
        inputIds[0] = _classificationId;
        inputIds[pieces + 1] = _separatorId;
        return pieces + 2;
    }

    /// <summary>Tokenizes one text and keeps every step.</summary>
    public TokenizedText Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sink = new StepSink(_subwords, _vocabulary);
        Walk(text, ref sink);
        var ids = new int[MaxSequenceLength];
        var count = Encode(text, ids, out var truncated);
        return new TokenizedText(sink.Words, [.. sink.Pieces.Select(piece => piece.Text)], ids[..count], truncated);
    }

    /// <summary>
    /// Cuts out special tokens, and hands everything else to the word tokenizer, until the sink wants no more. Nothing is stripped, as in
    /// sentence-transformers since 5.4.
    /// </summary>
    private void Walk<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        var lowered = _configuration.LowerCaseBefore ? PythonText.ToLower(text.ToString()) : null;
        var rest = lowered is null ? text : lowered.AsSpan();
        while (!rest.IsEmpty && !sink.Full)
        {
            var start = rest.IndexOfAny(_specialTokens);
            var plain = start < 0 ? rest : rest[..start];
            if (!plain.IsEmpty)
            {
                _words.Tokenize(PythonText.ReplaceLoneSurrogates(plain), ref sink);
            }

            if (start < 0)
            {
                return;
            }

            var token = SpecialTokenAt(rest[start..]);
            sink.AddSpecial(token, _vocabulary.TryGetId(token, out var id) ? id : UnknownId);
            rest = rest[(start + token.Length)..];
        }
    }

    private string SpecialTokenAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _specialTokenTexts)
        {
            if (text.StartsWith(token, StringComparison.Ordinal))
            {
                return token;
            }
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No special token at '{text}'."));
    }
}
