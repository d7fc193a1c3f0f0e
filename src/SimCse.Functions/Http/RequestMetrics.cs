using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SimCse.Inference;

namespace SimCse.Functions.Http;

/// <summary>
/// Counts and times requests for <c>GET /metrics</c> and its response headers, under text-embeddings-inference's names. Thread-safe.
/// </summary>
public sealed class RequestMetrics(WarmEncoder encoder)
{
    private static readonly double[] Bounds = [.. Enumerable.Range(0, 16).Select(power => 0.0005 * (1 << power))]; // 0.5 ms to 16 s

    private readonly ConcurrentDictionary<string, long> _counters = new();
    private readonly Dictionary<string, Histogram> _histograms = new()
    {
        ["te_request_duration"] = new(),
        ["te_request_tokenization_duration"] = new(),
        ["te_request_queue_duration"] = new(),
        ["te_request_inference_duration"] = new(),
    };

    /// <summary>Counts a well-formed request to encode, whether it succeeds or not.</summary>
    /// <param name="inputs">The number of texts or sequences in the request.</param>
    internal void Received(int inputs) => Increment($"te_request_count{{method=\"{Method(inputs)}\"}}");

    /// <summary>Counts a request that was answered and sets its headers.</summary>
    /// <param name="context">The context of a request whose answer has not begun.</param>
    /// <param name="characters">The number of code points of the texts.</param>
    /// <param name="encoded">The result of encoding.</param>
    /// <param name="start">The timestamp of <see cref="Stopwatch"/> when the request arrived.</param>
    /// <param name="device">The device that encoded the request.</param>
    internal void Succeeded(HttpContext context, long characters, EncodedTexts encoded, long start, InferenceDevice device)
    {
        var (total, times, headers) = (Stopwatch.GetElapsedTime(start), encoded.Timings, context.Response.Headers);
        headers["x-compute-type"] = device == InferenceDevice.Cuda ? "gpu" : "cpu";
        headers["x-compute-time"] = headers["x-total-time"] = Milliseconds(total);
        headers["x-compute-characters"] = characters.ToString(CultureInfo.InvariantCulture);
        headers["x-compute-tokens"] = encoded.TotalTokens.ToString(CultureInfo.InvariantCulture);
        headers["x-tokenization-time"] = Milliseconds(times.Tokenization);
        headers["x-queue-time"] = Milliseconds(times.Queue);
        headers["x-inference-time"] = Milliseconds(times.Inference);

        Increment($"te_request_success{{method=\"{Method(encoded.Count)}\"}}");
        _histograms["te_request_duration"].Record(total);
        _histograms["te_request_tokenization_duration"].Record(times.Tokenization);
        _histograms["te_request_queue_duration"].Record(times.Queue);
        _histograms["te_request_inference_duration"].Record(times.Inference);
    }

    internal void Failed(ErrorType type) => Increment($"te_request_failure{{err=\"{type.ToString().ToLowerInvariant()}\"}}");

    /// <summary>All metrics in Prometheus's text format, version 0.0.4.</summary>
    internal async Task<string> ToTextAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var family in _counters.OrderBy(
            counter => counter.Key, StringComparer.Ordinal).GroupBy(counter => counter.Key.Split('{')[0]))
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} counter\n");
            foreach (var (series, value) in family)
            {
                text.Append(CultureInfo.InvariantCulture, $"{series} {value}\n");
            }
        }

        foreach (var (name, histogram) in _histograms)
        {
            histogram.Write(text, name);
        }

        var waiting = encoder.Status.State == WarmEncoderState.Ready ? (await encoder.GetAsync(cancellationToken)).WaitingTexts : 0;
        text.Append(CultureInfo.InvariantCulture, $"# TYPE te_queue_size gauge\nte_queue_size {waiting}\n");
        return text.ToString();
    }

    private static string Method(int inputs) => inputs == 1 ? "single" : "batch";

    private void Increment(string series) => _counters.AddOrUpdate(series, 1, (_, count) => count + 1);

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private sealed class Histogram
    {
        private readonly Lock _lock = new();
        private readonly long[] _counts = new long[Bounds.Length];
        private long _count;
        private double _sum;

        public void Record(TimeSpan time)
        {
            var seconds = time.TotalSeconds;
            lock (_lock)
            {
                _count++;
                _sum += seconds;
                for (var i = Bounds.Length - 1; i >= 0 && seconds <= Bounds[i]; i--)
                {
                    _counts[i]++;
                }
            }
        }

        public void Write(StringBuilder text, string name)
        {
            lock (_lock)
            {
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} histogram\n");
                for (var i = 0; i < Bounds.Length; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{Bounds[i]}\"}} {_counts[i]}\n");
                }

                text.Append(
                    CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"+Inf\"}} {_count}\n{name}_sum {_sum}\n{name}_count {_count}\n");
            }
        }
    }
}
