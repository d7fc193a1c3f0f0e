using SimCse.Inference.Operators;

namespace SimCse.Inference.Tests;

public sealed class WideProductTests
{
    private const string NoAvx512 =
        "This processor has no AVX-512, so that only the product without it runs here. CI runs on one that has it, and skips nothing.";

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 32, 64)]
    [InlineData(5, 33, 65)]
    [InlineData(7, 96, 128)]
    [InlineData(13, 384, 100)]
    public void A_product_is_that_of_floats_to_three_digits_with_the_same_bits_with_and_without_AVX_512(int rows, int width, int columns)
    {
        var random = new Random(rows);
        var (input, weight, bias) = (Values(random, rows * width), Values(random, width * columns), Values(random, columns));
        var plain = Multiply(input, width, weight, bias, fast: false);

        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var (sum, size) = ((double)bias[column], 0.0);
                for (var i = 0; i < width; i++)
                {
                    var part = (double)input[(row * width) + i] * weight[(i * columns) + column];
                    (sum, size) = (sum + part, size + (part * part));
                }

                Assert.InRange(plain[(row * columns) + column] - sum, -0.003 * Math.Sqrt(size + 0.1), 0.003 * Math.Sqrt(size + 0.1));
            }
        }

        Assert.SkipUnless(WideProduct.HasFastPath, NoAvx512);
        Assert.Equal(plain, Multiply(input, width, weight, bias, fast: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_row_does_not_depend_on_the_others(bool fast)
    {
        Assert.SkipUnless(WideProduct.HasFastPath || !fast, NoAvx512);
        var random = new Random(2);
        var (input, weight, bias) = (Values(random, 9 * 64), Values(random, 64 * 64), Values(random, 64));
        input[5] = 1e6f;
        input[64 + 3] = float.NaN;

        var together = Multiply(input, 64, weight, bias, fast);

        for (var row = 0; row < 9; row++)
        {
            Assert.Equal(Multiply(input[(row * 64)..((row + 1) * 64)], 64, weight, bias, fast), together[(row * 64)..((row + 1) * 64)]);
        }

        Assert.All(together[64..128], value => Assert.True(float.IsNaN(value)));
        Assert.DoesNotContain(together[128..], float.IsNaN);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(3072)]
    [InlineData(20_000)]
    public void Sums_of_the_largest_values_fit_32_bits(int width)
    {
        float[] input = [.. Enumerable.Repeat(3f, width), .. Enumerable.Repeat(-3f, width)];

        var result = Multiply(input, width, [.. Enumerable.Repeat(0.5f, width)], [0], WideProduct.HasFastPath);

        Assert.Equal(1.5 * width, result[0], 1e-2 * width);
        Assert.Equal(-1.5 * width, result[1], 1e-2 * width);
    }

    [Fact]
    public void Zeros_give_the_bias() => Assert.Equal(
        [1, 2], Multiply([0, 0, 0], 3, [1, 0, 2, 0, 3, 0], [1, 2], WideProduct.HasFastPath));

    [Fact]
    public void Weights_of_another_shape_are_an_error_with_both_sizes()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => WideProduct.Multiply([1, 2, 3, 4], 4, new short[128], [1], [0], new float[1]));

        Assert.Contains("has 128 weights, 1 biases and room for 1 results; expected 256, 1 and 1", error.Message, StringComparison.Ordinal);
    }

    private static float[] Multiply(float[] input, int width, float[] weight, float[] bias, bool fast)
    {
        var (values, scales) = WideProduct.Quantise(weight, width, bias.Length);
        var result = new float[input.Length / width * bias.Length];
        WideProduct.Multiply(input, width, values, scales, bias, result, fast);
        return result;
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
