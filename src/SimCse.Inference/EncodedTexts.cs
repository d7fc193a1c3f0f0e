namespace SimCse.Inference;

/// <summary>The vectors of some texts, in the order of the texts. The owner of this object owns the arrays.</summary>
public sealed class EncodedTexts
{
    public EncodedTexts(int count, int dimension)
        : this(count, dimension, new float[checked(count * dimension)])
    {
    }

    /// <summary>Takes over <paramref name="vectors"/>, which holds the vectors of all texts.</summary>
    internal EncodedTexts(int count, int dimension, float[] vectors)
    {
        Count = count;
        Dimension = dimension;
        Vectors = vectors;
        Tokens = new int[count];
        Truncated = new bool[count];
        Unknown = new int[count];
    }

    public int Count { get; }

    public int Dimension { get; }

    /// <summary>The vectors of all texts, row-major, <see cref="Count"/> × <see cref="Dimension"/>.</summary>
    public float[] Vectors { get; }

    /// <summary>The number of ids that the model read for each text; those of the prompt, [CLS] and [SEP] included.</summary>
    public int[] Tokens { get; }

    /// <summary>Whether each text was longer than the model reads.</summary>
    public bool[] Truncated { get; }

    /// <summary>How many of the <see cref="Tokens"/> are [UNK], because the vocabulary lacks what they stand for.</summary>
    public int[] Unknown { get; }

    /// <summary>The vector of one text, not copied.</summary>
    public ReadOnlyMemory<float> this[int index] => Vectors.AsMemory(index * Dimension, Dimension);

    public EncodeTimings Timings { get; internal set; }

    public long TotalTokens => Tokens.Sum(tokens => (long)tokens);

    public long TotalUnknown => Unknown.Sum(unknown => (long)unknown);
}
