using System.Globalization;

namespace SimCse.Cli.Output;

/// <summary>Numbers of things, such as <c>1 row</c> and <c>1,234 rows</c>.</summary>
internal static class Amount
{
    /// <param name="number">How many there are.</param>
    /// <param name="noun">The word for one of them, whose plural ends in an s.</param>
    public static string Of(long number, string noun) => $"{Of(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>A part of a whole in percent, such as <c>0.4 %</c>; 0 only for nothing.</summary>
    public static string Share(long part, long whole) => string.Create(
        CultureInfo.InvariantCulture, $"{(part == 0 ? 0 : Math.Max(0.01, 100.0 * part / whole)):0.##} %");

    public static string Of(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
