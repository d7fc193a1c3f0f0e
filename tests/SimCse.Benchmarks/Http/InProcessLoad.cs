using System.Diagnostics;
using SimCse.Inference;

namespace SimCse.Benchmarks.Http;

/// <summary>Measures the encoder in this process without HTTP, which is the most that the routes could reach.</summary>
internal static class InProcessLoad
{
    private const int ShardTexts = 512; // enough of each length to fill batches, and few enough for a base model in two seconds

    /// <summary>Encodes texts one by one. Returns the median milliseconds of the session alone, and of the encoder's whole call.</summary>
    public static async Task<(double Session, double Call)> OneCallerAsync(SentenceEncoder encoder, string[] texts, int seconds)
    {
        var (session, call, watch) = (new List<double>(), new List<double>(), Stopwatch.StartNew());
        for (var i = 0; watch.Elapsed.TotalSeconds < seconds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var encoded = await encoder.EncodeAsync([texts[i % texts.Length]], Options);
            call.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            session.Add(encoded.Timings.Inference.TotalMilliseconds);
        }

        return (Percentiles.Median(session), Percentiles.Median(call));
    }

    /// <summary>Encodes with <paramref name="callers"/> concurrent callers of one text each, and returns texts per second.</summary>
    public static async Task<double> CallersAsync(SentenceEncoder encoder, string[] texts, int callers, int seconds)
    {
        var (next, watch) = (-1, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (watch.Elapsed.TotalSeconds < seconds)
            {
                await encoder.EncodeAsync([texts[Interlocked.Increment(ref next) % texts.Length]], Options);
            }
        })));
        return (next + 1) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Encodes batches that are as full as those of a shard, and returns texts per second.</summary>
    public static async Task<double> BulkAsync(SentenceEncoder encoder, string[] texts, int seconds)
    {
        var (count, watch) = (0, Stopwatch.StartNew());
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            count += (await encoder.EncodeAsync([.. Enumerable.Range(count, ShardTexts).Select(i => texts[i % texts.Length])])).Count;
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    private static EncodeOptions Options => new() { Normalize = true, Priority = EncodePriority.Interactive };
}
