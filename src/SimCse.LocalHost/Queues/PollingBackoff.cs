namespace SimCse.LocalHost;

/// <summary>
/// How long to wait after each empty look into a queue: the minimum, then growing to the maximum by powers of two with ±20 % of chance, so that
/// instances do not look in step. Not thread-safe.
/// </summary>
/// <remarks>Source: RandomizedExponentialBackoffStrategy.cs of Azure/azure-sdk-for-net, sdk/storage/…WebJobs.Extensions.Storage.Common.</remarks>
internal sealed class PollingBackoff(TimeSpan minimum, TimeSpan maximum, Random random)
{
    private const double RandomizationFactor = 0.2;

    private TimeSpan _current = TimeSpan.Zero;
    private int _exponent;

    /// <summary>The wait after a look that found nothing.</summary>
    public TimeSpan Next()
    {
        if (_current >= maximum)
        {
            return maximum;
        }

        var next = minimum;
        if (_exponent > 0)
        {
            var factor = 1 - RandomizationFactor + (2 * RandomizationFactor * random.NextDouble());
            next += minimum * (factor * Math.Pow(2, _exponent - 1));
        }

        _exponent++;
        return _current = next < maximum ? next : maximum;
    }

    /// <summary>Messages were found: the next wait is the minimum again.</summary>
    public void Reset() => (_current, _exponent) = (TimeSpan.Zero, 0);
}
