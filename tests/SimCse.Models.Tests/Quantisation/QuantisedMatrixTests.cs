using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;

namespace SimCse.Models.Tests.Quantisation;

public sealed class QuantisedMatrixTests
{
    [Fact]
    public void Gives_each_column_the_scale_that_makes_its_largest_magnitude_127()
    {
        var matrix = QuantisedMatrix.Quantise([1, -50, 0, -4, 20, 0], rows: 2, columns: 3);

        Assert.Equal([4 / 127f, 50 / 127f, 1], matrix.Scales);
        Assert.Equal([32, -127, 0, -127, 51, 0], matrix.Values);
    }

    [Fact]
    public void Is_off_by_half_a_step_at_most()
    {
        const int Rows = 37;
        const int Columns = 11;
        var weight = new SeededNormal(7).Next(Rows * Columns);

        var matrix = QuantisedMatrix.Quantise(weight, Rows, Columns);

        for (var i = 0; i < weight.Length; i++)
        {
            var scale = matrix.Scales[i % Columns];
            Assert.InRange(Math.Abs((matrix.Values[i] * scale) - weight[i]), 0, (scale / 2) + 1e-7f);
        }
    }

    [Fact]
    public void Leaves_other_columns_alone_when_one_is_scaled()
    {
        float[] weight = [0.1f, 0.2f, 0.3f, -0.4f];
        float[] scaled = [0.1f, 20 * 0.2f, 0.3f, 20 * -0.4f];

        Assert.Equal(QuantisedMatrix.Quantise(weight, 2, 2).Values, QuantisedMatrix.Quantise(scaled, 2, 2).Values);
    }
}
