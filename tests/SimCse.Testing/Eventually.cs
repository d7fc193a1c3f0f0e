using System.Diagnostics;

namespace SimCse.Testing;

/// <summary>Waits for a condition instead of for time to pass.</summary>
public static class Eventually
{
    /// <summary>Long enough that only a hang reaches it, even on a busy machine.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks until <paramref name="probe"/> gives a value; fails with <paramref name="what"/> when it never does.</summary>
    /// <exception cref="TimeoutException">Nothing but nulls for <paramref name="timeout"/>.</exception>
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

    /// <summary>Asks until <paramref name="condition"/> holds; fails with <paramref name="what"/> when it never does.</summary>
    /// <exception cref="TimeoutException">The condition did not hold for <paramref name="timeout"/>.</exception>
    public static async Task TrueAsync(
        string what, Func<Task<bool>> condition, CancellationToken cancellationToken, TimeSpan? timeout = null)
        => await GetAsync(what, async () => await condition() ? "true" : null, cancellationToken, timeout);
}
