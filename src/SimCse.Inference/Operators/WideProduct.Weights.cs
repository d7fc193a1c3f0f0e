namespace SimCse.Inference.Operators;

/// <content>How weights become integers, and where these lie.</content>
internal static unsafe partial class WideProduct
{
    /// <param name="weight">The matrix, [rows, columns], row-major.</param>
    /// <param name="rows">The width of the product's input.</param>
    /// <param name="columns">The width of the product's output.</param>
    /// <returns>The weights, [panels, pairs, 64, 2], and what one step of each column is worth, [columns].</returns>
    public static (short[] Values, float[] Scales) Quantise(ReadOnlySpan<float> weight, int rows, int columns)
    {
        var (largest, sums) = (new float[columns], new double[columns]);
        for (var i = 0; i < weight.Length; i++)
        {
            largest[i % columns] = Math.Max(largest[i % columns], Math.Abs(weight[i]));
            sums[i % columns] += Math.Abs(weight[i]);
        }

        // With activations of the largest magnitude, and each weight rounded up by a half, the sum still fits 32 bits.
        var mostSteps = (double)int.MaxValue / Largest - (rows / 2.0);
        var scales = new float[columns];
        for (var column = 0; column < columns; column++)
        {
            var scale = (float)Math.Max(largest[column] / (double)short.MaxValue, sums[column] / mostSteps * (1 + 1e-6));
            scales[column] = scale > 0 ? scale : 1; // a column of zeros keeps its zeros
        }

        var (pairs, values) = (PairsOf(rows), new short[PanelsOf(columns) * PairsOf(rows) * Panel * 2]);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var place = (((((column / Panel) * pairs) + (row / 2)) * Panel) + (column % Panel)) * 2;
                values[place + (row % 2)] = (short)MathF.Round(weight[(row * columns) + column] / scales[column]);
            }
        }

        return (values, scales);
    }
}
