namespace SimCse.Inference;

/// <summary>The vectors of some texts, in the order of the texts. The arrays belong to the holder.</summary>
public sealed class EncodedTexts
{
    /// <param name="count">Number of texts.</param>
    /// <param name="dimension">Components of one vector.</param>
    public EncodedTexts(int count, int dimension)
        : this(count, dimension, new float[checked(count * dimension)])
    {
    }

    /// <param name="count">Number of texts.</param>
    /// <param name="dimension">Components of one vector.</param>
    /// <param name="vectors">Of all of them; the result's from here on.</param>
    internal EncodedTexts(int count, int dimension, float[] vectors)
    {
        Count = count;
        Dimension = dimension;
        Vectors = vectors;
        Tokens = new int[count];
        Truncated = new bool[count];
    }

    public int Count { get; }

    public int Dimension { get; }

    /// <summary>Row-major, <see cref="Count"/> × <see cref="Dimension"/>.</summary>
    public float[] Vectors { get; }

    /// <summary>Ids that the model read for each text, [CLS] and [SEP] included.</summary>
    public int[] Tokens { get; }

    /// <summary>Whether each text was longer than the model reads.</summary>
    public bool[] Truncated { get; }

    /// <summary>The vector of one text, not copied.</summary>
    public ReadOnlyMemory<float> this[int index] => Vectors.AsMemory(index * Dimension, Dimension);

    /// <summary>Where the time went.</summary>
    public EncodeTimings Timings { get; internal set; }

    /// <summary>The sum of <see cref="Tokens"/>.</summary>
    public long TotalTokens => Tokens.Sum(tokens => (long)tokens);
}
