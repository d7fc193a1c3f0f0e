using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SimCse.Benchmarks;

/// <summary>What a load generator saw.</summary>
/// <param name="Texts">Answered with a vector.</param>
/// <param name="TooMany">Answers of 429.</param>
/// <param name="Errors">Anything else, a broken connection included.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
/// <param name="P50">Milliseconds of a request that was answered with a vector, as are the next two.</param>
/// <param name="P95">95 of 100 took no longer.</param>
/// <param name="P99">99 of 100 took no longer.</param>
internal sealed record LoadReport(int Texts, int TooMany, int Errors, double Seconds, double P50, double P95, double P99)
{
    public double TextsPerSecond => Texts / Seconds;
}

/// <summary>
/// Load from a process of its own, <c>http-load URL FILE CONNECTIONS REQUESTS SECONDS</c>: each connection posts a text to <c>/embed</c> as soon as
/// its last one is answered, until the requests or the seconds are used up or standard input ends. The report goes to standard output as JSON.
/// </summary>
internal static class HttpLoad
{
    private const int WarmUpRequests = 10; // of each connection, not reported

    /// <summary>Starts this program again as a load generator, and waits for its report.</summary>
    /// <param name="url">Of the app.</param>
    /// <param name="file">Sentences; see <see cref="SentenceFile"/>.</param>
    /// <param name="connections">At once.</param>
    /// <param name="requests">Of all connections, at most.</param>
    /// <param name="seconds">After which no request is sent.</param>
    /// <param name="until">Ends the load when it completes; <see langword="null"/> leaves it to the bounds.</param>
    public static async Task<LoadReport> StartAsync(Uri url, string file, int connections, int requests, int seconds, Task? until = null)
    {
        string[] arguments = ["http-load", url.ToString(), file, $"{connections}", $"{requests}", $"{seconds}"];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var report = process.StandardOutput.ReadToEndAsync();
        if (until is not null)
        {
            await Task.WhenAny(until, report);
            process.StandardInput.Close();
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<LoadReport>(await report)!
            : throw new InvalidOperationException($"The load generator ended with {process.ExitCode}.");
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        var texts = SentenceFile.Read(arguments[1]).Distinct().ToArray();
        var (connections, requests, seconds) = (Number(arguments[2]), Number(arguments[3]), Number(arguments[4]));
        using var http = new HttpClient { BaseAddress = new Uri(arguments[0]) };
        await new Worker(http, [.. texts.Reverse()]).RunAsync(connections, connections * WarmUpRequests, CancellationToken.None);

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        _ = Task.Run(() => Console.In.ReadToEnd(), CancellationToken.None).ContinueWith(_ => end.CancelAsync(), TaskScheduler.Default); // its asynchronous methods block
        var worker = new Worker(http, texts);
        var watch = Stopwatch.StartNew();
        await worker.RunAsync(connections, requests, end.Token);
        Console.WriteLine(JsonSerializer.Serialize(worker.Report(watch.Elapsed.TotalSeconds)));
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Some connections and what became of their requests.</summary>
    private sealed class Worker(HttpClient http, string[] texts)
    {
        private readonly List<double> _milliseconds = [];
        private int _next = -1;
        private int _tooMany;
        private int _errors;

        public Task RunAsync(int connections, int requests, CancellationToken end) =>
            Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => SendAsync(requests, end), CancellationToken.None)));

        public LoadReport Report(double seconds)
        {
            var sorted = _milliseconds.Order().ToArray();
            return new LoadReport(
                sorted.Length, _tooMany, _errors, seconds, Percentiles.Of(sorted, 0.50), Percentiles.Of(sorted, 0.95), Percentiles.Of(sorted, 0.99));
        }

        /// <summary>A request that has been sent is waited for, whatever the end.</summary>
        private async Task SendAsync(int requests, CancellationToken end)
        {
            while (!end.IsCancellationRequested && Interlocked.Increment(ref _next) is var i && i < requests)
            {
                try
                {
                    await SendAsync(texts[i % texts.Length], end);
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref _errors);
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    // It ended during the pause that a 429 asked for.
                }
            }
        }

        private async Task SendAsync(string text, CancellationToken end)
        {
            var start = Stopwatch.GetTimestamp();
            using var reply = await http.PostAsJsonAsync(new Uri("/embed", UriKind.Relative), new { inputs = text }, CancellationToken.None);
            var vectors = await reply.Content.ReadAsByteArrayAsync(CancellationToken.None);
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (reply.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Interlocked.Increment(ref _tooMany);
                await Task.Delay(reply.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, end);
            }
            else if (reply.StatusCode != HttpStatusCode.OK || vectors.Length == 0)
            {
                Interlocked.Increment(ref _errors);
            }
            else
            {
                lock (_milliseconds)
                {
                    _milliseconds.Add(elapsed.TotalMilliseconds);
                }
            }
        }
    }
}
