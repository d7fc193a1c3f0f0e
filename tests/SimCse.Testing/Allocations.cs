namespace SimCse.Testing;

/// <summary>Counts what code allocates, for tests that a warm path allocates nothing or little.</summary>
public static class Allocations
{
    /// <summary>
    /// Bytes that one call of <paramref name="action"/> allocates on this thread, once warm: the least of five counts over a thousand
    /// calls. The runtime counts by the buffers it hands to a thread, of 8 KiB: a collection that other tests cause takes such a buffer
    /// back half used and adds a few bytes a call to a count. What the code itself allocates is in every count.
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
