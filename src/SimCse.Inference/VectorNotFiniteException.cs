namespace SimCse.Inference;

/// <summary>
/// The model gave NaN or infinity for a text. It will again: its weights are damaged, or its precision is too low for the text.
/// </summary>
/// <param name="model">Its name.</param>
/// <param name="index">Of the first such text in its call, from 0.</param>
public sealed class VectorNotFiniteException(string model, int index) : InvalidOperationException(
    $"The model {model} gave a vector that holds NaN or infinity: its weights are damaged, or its precision is too low for this text. " +
    "Try its fp32 bundle.")
{
    /// <summary>Of the first such text in its call, from 0.</summary>
    public int Index => index;
}
