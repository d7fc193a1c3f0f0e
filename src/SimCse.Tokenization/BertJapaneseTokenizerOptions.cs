namespace SimCse.Tokenization;

/// <summary>What a caller may decide about a tokenizer that the model's files leave open.</summary>
public sealed record BertJapaneseTokenizerOptions
{
    /// <summary>
    /// The folder of a compiled MeCab dictionary in UTF-8 (sys.dic, unk.dic, matrix.bin, char.bin). Default: looked for, see
    /// <see cref="MecabDictionaryFolder"/>. Not read where the model does without MeCab.
    /// </summary>
    public string? DictionaryFolder { get; init; }
}
