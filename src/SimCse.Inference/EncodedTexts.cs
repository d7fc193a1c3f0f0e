namespace SimCse.Inference;

/// <summary>The vectors of some texts, in the order of the texts. The arrays belong to the holder.</summary>
/// <param name="count">Number of texts.</param>
/// <param name="dimension">Components of one vector.</param>
public sealed class EncodedTexts(int count, int dimension)
{
    public int Count => count;

    public int Dimension => dimension;

    /// <summary>Row-major, <see cref="Count"/> × <see cref="Dimension"/>.</summary>
    public float[] Vectors { get; } = new float[checked(count * dimension)];

    /// <summary>Ids that the model read for each text, [CLS] and [SEP] included.</summary>
    public int[] Tokens { get; } = new int[count];

    /// <summary>Whether each text was longer than the model reads.</summary>
    public bool[] Truncated { get; } = new bool[count];

    /// <summary>The vector of one text, not copied.</summary>
    public ReadOnlyMemory<float> this[int index] => Vectors.AsMemory(index * dimension, dimension);

    /// <summary>Where the time went.</summary>
    public EncodeTimings Timings { get; internal set; }

    /// <summary>The sum of <see cref="Tokens"/>.</summary>
    public long TotalTokens => Tokens.Sum(tokens => (long)tokens);
}
