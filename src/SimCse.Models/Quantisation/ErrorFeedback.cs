using System.Numerics.Tensors;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Spreads what rounding one row of a matrix loses over the rows that are not rounded yet, as far as their inputs vary together
/// (Frantar et al., GPTQ, arXiv:2210.17323). It takes the inputs in blocks, because its time grows with the cube of a block's width.
/// </summary>
internal sealed class ErrorFeedback
{
    private const int MaxBlock = 512;

    /// <summary>Added to the variances, as a share of their mean, so that inputs that never vary alone do no harm.</summary>
    private const double Damping = 0.01;

    private readonly int _block;
    private readonly float[][] _factors;

    /// <param name="covariances">The covariances of the inputs within each block, [block, block], row-major.</param>
    public ErrorFeedback(double[][] covariances)
    {
        _block = (int)Math.Sqrt(covariances[0].Length);
        _factors = new float[covariances.Length][];
        Parallel.For(0, covariances.Length, i => _factors[i] = Factor(covariances[i], _block));
    }

    /// <summary>How wide the blocks are for so many inputs: a divisor of it.</summary>
    public static int BlockOf(int rows)
    {
        var blocks = (rows + MaxBlock - 1) / MaxBlock;
        while (rows % blocks > 0)
        {
            blocks++;
        }

        return rows / blocks;
    }

    /// <summary>Rounds a matrix to a multiple of each column's scale.</summary>
    /// <param name="weight">The matrix, [rows, columns], row-major; it is overwritten.</param>
    /// <param name="scales">The scales, [columns].</param>
    /// <param name="largest">The largest magnitude of an integer.</param>
    public sbyte[] Round(float[] weight, float[] scales, float largest)
    {
        var columns = scales.Length;
        var values = new sbyte[weight.Length];
        Parallel.For(0, _factors.Length, block =>
        {
            var error = new float[columns];
            var factor = _factors[block];
            for (var i = 0; i < _block; i++)
            {
                var start = ((block * _block) + i) * columns;
                var row = weight.AsSpan(start, columns);
                var diagonal = factor[(i * _block) + i];
                for (var column = 0; column < columns; column++)
                {
                    var value = Math.Clamp(MathF.Round(row[column] / scales[column]), -largest, largest);
                    values[start + column] = (sbyte)value;
                    error[column] = (row[column] - (value * scales[column])) / diagonal;
                }

                for (var j = i + 1; j < _block; j++)
                {
                    var later = weight.AsSpan(((block * _block) + j) * columns, columns);
                    TensorPrimitives.MultiplyAdd(error, -factor[(i * _block) + j], later, later);
                }
            }
        });
        return values;
    }

    /// <summary>
    /// The upper triangular U with UᵀU = H⁻¹. The Cholesky factor of H with its rows and columns in reverse order, inverted and reversed
    /// again, is just that.
    /// </summary>
    private static float[] Factor(double[] covariance, int n)
    {
        var damping = Math.Max(Damping * Enumerable.Range(0, n).Average(i => covariance[(i * n) + i]), 1e-20);
        var lower = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            var row = lower.AsSpan(i * n, n);
            for (var j = 0; j <= i; j++)
            {
                var rest = covariance[((n - 1 - i) * n) + (n - 1 - j)] - TensorPrimitives.Dot(row[..j], lower.AsSpan(j * n, j));
                row[j] = i == j ? Math.Sqrt(Math.Max(rest + damping, damping)) : rest / lower[(j * n) + j];
            }
        }

        var inverse = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            var row = inverse.AsSpan(i * n, n);
            for (var k = 0; k < i; k++)
            {
                TensorPrimitives.MultiplyAdd(inverse.AsSpan(k * n, k + 1), -lower[(i * n) + k], row[..(k + 1)], row[..(k + 1)]);
            }

            row[i] = 1;
            TensorPrimitives.Divide(row[..(i + 1)], lower[(i * n) + i], row[..(i + 1)]);
        }

        var factor = new float[n * n];
        for (var i = 0; i < factor.Length; i++)
        {
            factor[i] = (float)inverse[factor.Length - 1 - i];
        }

        return factor;
    }
}
