using SimCse.Testing;

namespace SimCse.Tokenization.Tests;

/// <summary>A model folder with tokenizer files only, written for one test.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    /// <summary>The vocabulary of transformers' own test of <c>BertJapaneseTokenizer</c>, with [PAD] and [MASK] added at its end.</summary>
    public const string PublishedPieces =
        "[UNK] [CLS] [SEP] こんにちは こん にちは ばんは ##こん ##にちは ##ばんは 世界 ##世界 、 ##、 。 ##。 アップルストア 外国 ##人 参政 ##権 此れ は 猫 です [PAD] [MASK]";

    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.Path;

    public TokenizerFolder With(string file, string content)
    {
        File.WriteAllText(_folder[file], content);
        return this;
    }

    public static TokenizerFolder Create(string pieces, string subword, string more = "", int maxLength = 128) => new TokenizerFolder()
        .With("vocab.txt", pieces.Replace(' ', '\n') + "\n")
        .With("tokenizer_config.json", $$"""{"word_tokenizer_type":"basic","subword_tokenizer_type":"{{subword}}"{{more}}}""")
        .With("sentence_bert_config.json", $$"""{"max_seq_length":{{maxLength}},"do_lower_case":false}""");

    public SentenceTokenizer Load() => SentenceTokenizer.Load(Path);

    public void Dispose() => _folder.Dispose();
}
