namespace SimCse.Tokenization;

/// <summary>What a caller may decide about a tokenizer that the model's files leave open.</summary>
public sealed record SentenceTokenizerOptions
{
    /// <summary>
    /// The folder of a compiled MeCab dictionary in UTF-8 (sys.dic, unk.dic, matrix.bin, char.bin). Default: looked for, see
    /// <see cref="MecabDictionaryFolder"/>. Not read where the model does without MeCab.
    /// </summary>
    public string? DictionaryFolder { get; init; }

    /// <summary>
    /// The positions that the model has, <c>max_position_embeddings</c>: the limit of texts where <c>sentence_bert_config.json</c> names
    /// none, unless <c>model_max_length</c> is lower. Default: 512, as in BERT.
    /// </summary>
    public int? MaxPositions { get; init; }
}
