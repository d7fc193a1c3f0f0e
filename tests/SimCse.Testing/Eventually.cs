using System.Diagnostics;

namespace SimCse.Testing;

/// <summary>Waits for a condition instead of a fixed time.</summary>
public static class Eventually
{
    /// <summary>Long enough that only a hang reaches it, even on a busy machine.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Calls <paramref name="probe"/> until it returns a value; the error names <paramref name="what"/>.</summary>
    /// <exception cref="TimeoutException">The probe returned only null for <paramref name="timeout"/>.</exception>
    public static async Task<T> GetAsync<T>(
        string what, Func<Task<T?>> probe, CancellationToken cancellationToken, TimeSpan? timeout = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(probe);
        var limit = timeout ?? DefaultTimeout;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < limit;)
        {
            if (await probe() is { } found)
            {
                return found;
            }

            await Task.Delay(PollInterval, cancellationToken);
        }

        throw new TimeoutException($"Waited {limit.TotalSeconds:0} s in vain for: {what}.");
    }

    /// <summary>Checks <paramref name="condition"/> until it holds; the error names <paramref name="what"/>.</summary>
    /// <exception cref="TimeoutException">The condition did not hold for <paramref name="timeout"/>.</exception>
    public static async Task TrueAsync(
        string what, Func<Task<bool>> condition, CancellationToken cancellationToken, TimeSpan? timeout = null)
        => await GetAsync(what, async () => await condition() ? "true" : null, cancellationToken, timeout);
}
