namespace SimCse.Tokenization;

/// <summary>Every step of one text, for people to look at.</summary>
/// <param name="Words">What the word tokenizer cut, special tokens included as words of their own.</param>
/// <param name="Tokens">The pieces between [CLS] and [SEP], before truncation.</param>
/// <param name="InputIds">What the model reads: [CLS], the pieces that fit, [SEP].</param>
/// <param name="Truncated">Whether pieces were dropped.</param>
public sealed record TokenizedText(IReadOnlyList<string> Words, IReadOnlyList<string> Tokens, IReadOnlyList<int> InputIds, bool Truncated);
