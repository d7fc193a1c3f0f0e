namespace SimCse.Models.Untrained;

/// <summary>The shape of a <see cref="RandomModel"/>; by default BERT-base with the published model's vocabulary.</summary>
public sealed record RandomModelOptions
{
    /// <summary>The name that bundles carry; by default it is made of the shape. It should say that the model is untrained.</summary>
    public string? Name { get; init; }

    public int Layers { get; init; } = 12;

    /// <summary>The width of the hidden state and of the sentence vector.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>
    /// The number of attention heads, which must divide <see cref="Hidden"/>; 0 makes them 64 wide, as in BERT, if 64 divides it, otherwise
    /// one head.
    /// </summary>
    public int Heads { get; init; }

    /// <summary>The width of the feed-forward layer; 0 makes it four times <see cref="Hidden"/>.</summary>
    public int Intermediate { get; init; }

    /// <summary>The least number of rows of the word embeddings. There are at least as many as the tokenizer has pieces (28,573).</summary>
    public int Vocabulary { get; init; } = 32_768;

    /// <summary>The number of tokens of the longest text.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>The same seed and shape give the same bytes on every machine.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// How many channels of every normalised state, the same ones in each, stand out, by 4 times up to <see cref="OutlierScale"/>, and by
    /// ten times more for the special tokens. Random weights lack such outliers, trained ones have them, and quantisation fails on them
    /// first.
    /// </summary>
    public int OutlierColumns { get; init; }

    /// <summary>The factor of the channel that stands out most.</summary>
    public float OutlierScale { get; init; } = 20;

    internal int EffectiveHeads => Heads > 0 ? Heads : Hidden % 64 == 0 ? Hidden / 64 : 1;

    internal int EffectiveIntermediate => Intermediate > 0 ? Intermediate : 4 * Hidden;

    internal string EffectiveName => Name ?? $"simcse-random-{Layers}x{Hidden}-untrained";

    /// <exception cref="ArgumentException">The numbers do not make a BERT.</exception>
    internal void Check()
    {
        if (Layers < 1 || Hidden < 1 || Hidden % EffectiveHeads != 0 || MaxTokens < 3 || OutlierColumns < 0 || OutlierColumns > Hidden)
        {
            throw new ArgumentException(
                $"{Layers} layers × {Hidden} with {EffectiveHeads} heads, {MaxTokens} tokens and {OutlierColumns} outlier columns; " +
                "expected a layer or more, a width that the heads divide, 3 tokens or more, and no more outlier columns than the width.");
        }
    }
}
