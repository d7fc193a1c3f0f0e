namespace SimCse.Benchmarks.Http;

internal static class Percentiles
{
    /// <summary>The smallest value that this share of all values does not exceed; NaN if there are none.</summary>
    public static double Of(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    public static double Median(IEnumerable<double> values) => Of([.. values.Order()], 0.5);
}
