using SimCse.Models.Evaluation;

namespace SimCse.Models.Tests.Evaluation;

/// <summary>Expected values computed with scipy.stats.pearsonr and spearmanr's formulas by hand.</summary>
public sealed class CorrelationTests
{
    [Fact]
    public void Is_one_for_the_same_order_and_minus_one_for_the_opposite()
    {
        double[] x = [1, 2, 3, 10];

        Assert.Equal(1, Correlation.Spearman(x, [5, 6, 70, 800]), 1e-12);
        Assert.Equal(-1, Correlation.Spearman(x, [4, 3, 2, 1]), 1e-12);
        Assert.Equal(1, Correlation.Pearson(x, [3, 5, 7, 21]), 1e-12);
    }

    [Fact]
    public void Measures_values_by_Pearson()
    {
        // Means 2.5 and 2.5; covariance 1 + ... = 3, variances 5 and 5.
        Assert.Equal(0.6, Correlation.Pearson([1, 2, 3, 4], [2, 1, 4, 3]), 1e-12);
    }

    [Fact]
    public void Shares_the_mean_rank_among_equal_values()
    {
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 · 5).
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), Correlation.Spearman([1, 7, 7, 9], [1, 2, 3, 4]), 1e-12);
    }

    [Fact]
    public void Is_undefined_where_all_values_are_equal_or_there_are_too_few()
    {
        Assert.Equal(double.NaN, Correlation.Spearman([1, 1, 1], [1, 2, 3]));
        Assert.Equal(double.NaN, Correlation.Pearson([1], [2]));
    }
}
