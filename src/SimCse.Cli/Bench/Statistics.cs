namespace SimCse.Cli.Bench;

internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle values when the number of values is even.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
