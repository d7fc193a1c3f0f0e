namespace SimCse.Models.Graphs;

/// <summary>
/// Moves the channels of a value before products read it: (value − shift) / divisor, channel by channel. The products' weights and biases
/// undo it, so that the model stays the same; a product in 8 bits loses less, because no channel is far wider than the others
/// (Xiao et al., SmoothQuant, arXiv:2211.10438; Wei et al., Outlier Suppression+, arXiv:2304.09145).
/// </summary>
/// <param name="Shift">What is subtracted, [channels].</param>
/// <param name="Divisor">What the rest is divided by, [channels], above 0.</param>
internal sealed record ChannelMove(float[] Shift, float[] Divisor)
{
    /// <summary>Makes a LayerNormalization or a product give the moved value.</summary>
    /// <param name="factors">γ, or the product's matrix [rows, channels], row-major.</param>
    /// <param name="bias">β, or the product's bias, [channels].</param>
    public void ApplyTo(Span<float> factors, Span<float> bias)
    {
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] /= Divisor[i % Divisor.Length];
        }

        for (var channel = 0; channel < bias.Length; channel++)
        {
            bias[channel] = (bias[channel] - Shift[channel]) / Divisor[channel];
        }
    }

    /// <summary>Makes a product of the moved value give what it gives of the value itself.</summary>
    /// <param name="weight">The matrix, [channels, columns], row-major.</param>
    /// <param name="bias">The bias, [columns].</param>
    public void UndoIn(Span<float> weight, Span<float> bias)
    {
        var columns = bias.Length;
        for (var channel = 0; channel < Shift.Length; channel++)
        {
            var row = weight.Slice(channel * columns, columns);
            for (var column = 0; column < columns; column++)
            {
                bias[column] += Shift[channel] * row[column];
                row[column] *= Divisor[channel];
            }
        }
    }
}
