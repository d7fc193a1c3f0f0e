using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;

namespace SimCse.Models.Tests.Quantisation;

public sealed class ErrorFeedbackTests
{
    private const int Rows = 24;
    private const int Columns = 10;
    private const int Tokens = 200;

    [Fact]
    public void Takes_most_of_the_error_off_inputs_that_vary_together()
    {
        var inputs = Inputs(sources: 6);
        var weight = new SeededNormal(4).Next(Rows * Columns);

        var nearest = QuantisedMatrix.Quantise(weight, Rows, Columns);
        var spread = QuantisedMatrix.Quantise(weight, Rows, Columns, new ErrorFeedback([Covariance(inputs)]));

        Assert.True(
            Error(inputs, weight, spread) < 0.5 * Error(inputs, weight, nearest),
            $"{Error(inputs, weight, spread)} and {Error(inputs, weight, nearest)}");
    }

    [Fact]
    public void Rounds_to_the_nearest_where_inputs_are_independent()
    {
        var weight = new SeededNormal(4).Next(Rows * Columns);
        var unit = new double[Rows * Rows];
        for (var i = 0; i < Rows; i++)
        {
            unit[(i * Rows) + i] = 3;
        }

        Assert.Equal(
            QuantisedMatrix.Quantise(weight, Rows, Columns).Values,
            QuantisedMatrix.Quantise(weight, Rows, Columns, new ErrorFeedback([unit])).Values);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(512, 512)]
    [InlineData(768, 384)]
    [InlineData(3072, 512)]
    [InlineData(521, 1)]
    public void Takes_blocks_that_divide_the_inputs(int rows, int block) => Assert.Equal(block, ErrorFeedback.BlockOf(rows));

    /// <summary>Each input is a mixture of a few sources, and a little of its own.</summary>
    private static float[] Inputs(int sources)
    {
        var (normal, inputs) = (new SeededNormal(5), new float[Tokens * Rows]);
        var mixture = normal.Next(sources * Rows);
        for (var token = 0; token < Tokens; token++)
        {
            var (values, own) = (normal.Next(sources), normal.Next(Rows));
            for (var row = 0; row < Rows; row++)
            {
                var mixed = Enumerable.Range(0, sources).Sum(i => values[i] * mixture[(i * Rows) + row]);
                inputs[(token * Rows) + row] = mixed + (0.001f * own[row]);
            }
        }

        return inputs;
    }

    private static double[] Covariance(float[] inputs)
    {
        var covariance = new double[Rows * Rows];
        for (var i = 0; i < covariance.Length; i++)
        {
            covariance[i] = Enumerable.Range(0, Tokens).Sum(
                token => (double)inputs[(token * Rows) + (i / Rows)] * inputs[(token * Rows) + (i % Rows)]) / Tokens;
        }

        return covariance;
    }

    private static double Error(float[] inputs, float[] weight, QuantisedMatrix matrix)
    {
        var error = 0.0;
        for (var token = 0; token < Tokens; token++)
        {
            for (var column = 0; column < Columns; column++)
            {
                error += Math.Pow(Enumerable.Range(0, Rows).Sum(row =>
                    inputs[(token * Rows) + row] * (double)(weight[(row * Columns) + column]
                        - (matrix.Values[(row * Columns) + column] * matrix.Scales[column]))), 2);
            }
        }

        return error;
    }
}
