namespace SimCse.Inference;

/// <summary>
/// The model gives NaN or infinity for a text: its weights are damaged, or its precision is too low. A new try does not help.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="index">The index of the first such text in its call, from 0.</param>
public sealed class VectorNotFiniteException(string model, int index) : InvalidOperationException(
    $"The model {model} gave a vector that holds NaN or infinity: its weights are damaged, or its precision is too low for this text. " +
    "Try its fp32 bundle.")
{
    /// <summary>The index of the first such text in its call, from 0.</summary>
    public int Index => index;
}
