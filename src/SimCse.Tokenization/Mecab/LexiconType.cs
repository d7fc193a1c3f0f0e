namespace SimCse.Tokenization.Mecab;

/// <summary>The third number of a dictionary's header.</summary>
internal enum LexiconType
{
    System = 0,
    User = 1,
    UnknownWords = 2,
}
