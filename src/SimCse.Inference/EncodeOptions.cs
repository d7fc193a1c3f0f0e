namespace SimCse.Inference;

/// <summary>The prompt and priority of a call, and the truncation and normalisation of its vectors.</summary>
public sealed record EncodeOptions
{
    /// <summary>Whether to scale each vector to length 1, after <see cref="Dimensions"/>. A vector of zeros stays as it is.</summary>
    public bool Normalize { get; init; }

    /// <summary>How many components to keep, from the first: 1 to the model's dimension. <see langword="null"/> keeps all.</summary>
    public int? Dimensions { get; init; }

    /// <summary>
    /// The text that goes before each text. <see langword="null"/> takes that of <see cref="PromptName"/>, else the model's default; an
    /// empty one switches the default off.
    /// </summary>
    public string? Prompt { get; init; }

    /// <summary>The name of one of the model's prompts, instead of <see cref="Prompt"/>.</summary>
    public string? PromptName { get; init; }

    /// <summary>Which calls run first. It changes no vector.</summary>
    public EncodePriority Priority { get; init; }

    /// <summary>Receives how far the call is; <see langword="null"/> when nobody asks.</summary>
    public CallProgress? Progress { get; init; }

    /// <summary>The number of components of a vector from a model of <paramref name="dimension"/> components.</summary>
    /// <exception cref="ArgumentException"><see cref="Dimensions"/> is out of range.</exception>
    public int OutputDimension(int dimension) => Dimensions switch
    {
        null => dimension,
        { } wanted when wanted >= 1 && wanted <= dimension => wanted,
        { } wanted => throw new ArgumentException($"\"dimensions\" is {wanted}; expected 1 to {dimension}, which the model has."),
    };
}
