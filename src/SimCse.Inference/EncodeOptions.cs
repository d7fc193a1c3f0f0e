namespace SimCse.Inference;

/// <summary>What happens to a call before the model, and to its vectors after it.</summary>
public sealed record EncodeOptions
{
    /// <summary>Scale each vector to length 1, after <see cref="Dimensions"/>. A vector of zeros stays one.</summary>
    public bool Normalize { get; init; }

    /// <summary>Keep the first so many components, from 1 to the model's dimension; <see langword="null"/> keeps all.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Whose turn it is; changes no vector.</summary>
    public EncodePriority Priority { get; init; }

    /// <summary>The number of components that come out of a model of <paramref name="dimension"/>.</summary>
    /// <exception cref="ArgumentException"><see cref="Dimensions"/> is out of range.</exception>
    public int OutputDimension(int dimension) => Dimensions switch
    {
        null => dimension,
        { } wanted when wanted >= 1 && wanted <= dimension => wanted,
        { } wanted => throw new ArgumentException($"\"dimensions\" is {wanted}; expected 1 to {dimension}, which the model has."),
    };
}
