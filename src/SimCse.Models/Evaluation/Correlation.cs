namespace SimCse.Models.Evaluation;

/// <summary>The correlation of two series of equal length; NaN when one of them is constant or has fewer than two values.</summary>
internal static class Correlation
{
    /// <summary>The covariance divided by the product of the deviations.</summary>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"{x.Length} and {y.Length} values; expected as many of both.");
        }

        var (meanX, meanY) = (Mean(x), Mean(y));
        double covariance = 0, varianceX = 0, varianceY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            covariance += dx * dy;
            varianceX += dx * dx;
            varianceY += dy * dy;
        }

        return varianceX > 0 && varianceY > 0 ? Math.Clamp(covariance / Math.Sqrt(varianceX) / Math.Sqrt(varianceY), -1, 1) : double.NaN;
    }

    /// <summary>Pearson's correlation of the ranks; equal values share the mean of their ranks, as in scipy.stats.spearmanr.</summary>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    private static double[] Ranks(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var order = Enumerable.Range(0, sorted.Length).ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end].Equals(sorted[start]); end++)
            {
            }

            var shared = (start + end + 1) / 2.0; // ranks start + 1 to end
            foreach (var index in order.AsSpan(start, end - start))
            {
                ranks[index] = shared;
            }
        }

        return ranks;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
