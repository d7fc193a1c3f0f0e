namespace SimCse.Models.Quantisation;

/// <summary>
/// A matrix in 8 bits: symmetric, one scale for each column (an output of the product), so that <c>value ≈ integer × scale</c> and no
/// product needs a zero point.
/// </summary>
/// <param name="Values">The integers, [rows, columns], row-major, -127 to 127.</param>
/// <param name="Scales">The scales, [columns].</param>
internal sealed record QuantisedMatrix(sbyte[] Values, float[] Scales)
{
    private const float Largest = 127;

    /// <param name="weight">The matrix, [rows, columns], row-major.</param>
    /// <param name="rows">The width of the product's input.</param>
    /// <param name="columns">The width of the product's output.</param>
    /// <param name="feedback">How the errors of rows compensate each other; otherwise each value is rounded to the nearest.</param>
    public static QuantisedMatrix Quantise(ReadOnlySpan<float> weight, int rows, int columns, ErrorFeedback? feedback = null)
    {
        var scales = new float[columns];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                scales[column] = Math.Max(scales[column], Math.Abs(weight[(row * columns) + column]));
            }
        }

        for (var column = 0; column < columns; column++)
        {
            scales[column] = scales[column] > 0 ? scales[column] / Largest : 1; // a column of zeros keeps its zeros
        }

        if (feedback is not null)
        {
            return new QuantisedMatrix(feedback.Round(weight.ToArray(), scales, Largest), scales);
        }

        var values = new sbyte[weight.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var index = (row * columns) + column;
                values[index] = (sbyte)Math.Clamp(MathF.Round(weight[index] / scales[column]), -Largest, Largest);
            }
        }

        return new QuantisedMatrix(values, scales);
    }
}
