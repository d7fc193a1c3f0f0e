namespace SimCse.Models.Graphs;

/// <summary>How a product is computed, the cheapest form first. In each, a text's vector is the same in any batch.</summary>
internal enum ProductForm
{
    /// <summary>8 bits, with one scale for all activations, from a calibration. What is beyond it is cut off.</summary>
    FixedScale,

    /// <summary>8 bits, with a scale for each token.</summary>
    TokenScale,

    Float32,
}
