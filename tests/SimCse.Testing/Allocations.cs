namespace SimCse.Testing;

/// <summary>Counts the bytes that code allocates, for tests that a warm path allocates little or nothing.</summary>
public static class Allocations
{
    /// <summary>
    /// The bytes that one warm call of <paramref name="action"/> allocates on this thread: the least of five counts over a thousand calls.
    /// The runtime counts by the buffers of 8 KiB that it gives to a thread. A collection that other tests cause takes back such a buffer
    /// half used, which adds a few bytes per call to a count. What the code itself allocates is in every count.
    /// </summary>
    public static long BytesPerCall(Action action)
    {
        const int Calls = 1_000;
        action();

        var least = long.MaxValue;
        for (var count = 0; count < 5; count++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                action();
            }

            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Calls);
        }

        return least;
    }
}
