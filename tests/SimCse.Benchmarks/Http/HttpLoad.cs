using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace SimCse.Benchmarks.Http;

/// <summary>The results of a load generator.</summary>
/// <param name="Texts">The number of texts that were answered with a vector.</param>
/// <param name="TooMany">The number of answers with status 429.</param>
/// <param name="Errors">All other results, including broken connections and answers that are not a vector of length 1.</param>
/// <param name="Seconds">The time from the first request to the last answer.</param>
/// <param name="P50">The median time in milliseconds of requests that were answered with a vector, as for the next two.</param>
/// <param name="P95">The time that 95 of 100 requests did not exceed.</param>
/// <param name="P99">The time that 99 of 100 requests did not exceed.</param>
/// <param name="CpuSeconds">The processor time of the generator itself.</param>
/// <param name="WarmUpTexts">The number of texts that were answered during the warm-up.</param>
internal sealed record LoadReport(
    int Texts, int TooMany, int Errors, double Seconds, double P50, double P95, double P99, double CpuSeconds, int WarmUpTexts)
{
    public double TextsPerSecond => Texts / Seconds;
}

/// <summary>
/// Load from a separate process, <c>http-load URL FILE CONNECTIONS SECONDS TEXTS</c>: each connection posts so many texts to
/// <c>/embed</c> as soon as its last ones are answered, until the seconds are over or standard input ends. The report goes to standard
/// output as JSON.
/// </summary>
internal static class HttpLoad
{
    private const int WarmUpSeconds = 1; // not reported

    /// <summary>Starts this program again as a load generator, and waits for its report.</summary>
    /// <param name="url">The address of the app.</param>
    /// <param name="file">A file of sentences; see <see cref="SentenceFile"/>.</param>
    /// <param name="connections">The number of simultaneous connections.</param>
    /// <param name="seconds">The time after which no more requests are sent.</param>
    /// <param name="texts">The number of texts in a request.</param>
    /// <param name="until">Ends the load when it completes; <see langword="null"/> ends it after the seconds.</param>
    public static async Task<LoadReport> StartAsync(Uri url, string file, int connections, int seconds, int texts = 1, Task? until = null)
    {
        // Started as `dotnet SimCse.Benchmarks.dll`, this process is dotnet, which needs the program as an argument.
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.GetCommandLineArgs()[0]]
            : [];
        string[] arguments = [.. program, "http-load", url.ToString(), file, $"{connections}", $"{seconds}", $"{texts}"];
        using var process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
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
        var (url, connections, seconds, texts) = (new Uri(arguments[0]), Number(arguments[2]), Number(arguments[3]), Number(arguments[4]));
        byte[][] requests =
            [.. SentenceFile.Read(arguments[1]).Distinct().Chunk(texts).Where(chunk => chunk.Length == texts)
                .Select(chunk => LoadConnection.Request(url, chunk))];
        using var warmUp = new CancellationTokenSource(TimeSpan.FromSeconds(WarmUpSeconds));
        var before = new Worker(url, [.. requests.Reverse()], texts);
        await before.RunAsync(connections, warmUp.Token);

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        // its asynchronous methods block
        _ = Task.Run(() => Console.In.ReadToEnd(), CancellationToken.None).ContinueWith(_ => end.CancelAsync(), TaskScheduler.Default);
        var worker = new Worker(url, requests, texts);
        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await worker.RunAsync(connections, end.Token);
        var report = worker.Report(watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        Console.WriteLine(JsonSerializer.Serialize(report with { WarmUpTexts = before.Report(WarmUpSeconds, 0).Texts }));
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A number of connections, and the results of their requests.</summary>
    private sealed class Worker(Uri url, byte[][] requests, int texts)
    {
        private readonly List<double> _milliseconds = [];
        private int _next = -1;
        private int _tooMany;
        private int _errors;

        public Task RunAsync(int connections, CancellationToken end) =>
            Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => SendAllAsync(end), CancellationToken.None)));

        public LoadReport Report(double seconds, double cpuSeconds)
        {
            var sorted = _milliseconds.Order().ToArray();
            return new LoadReport(
                sorted.Length * texts, _tooMany, _errors, seconds, Percentiles.Of(sorted, 0.50), Percentiles.Of(sorted, 0.95),
                Percentiles.Of(sorted, 0.99), cpuSeconds, 0);
        }

        /// <summary>Waits for the answer to every request that was sent, even after the end.</summary>
        private async Task SendAllAsync(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    using var connection = await LoadConnection.OpenAsync(url);
                    await SendAllAsync(connection, end);
                    if (!AreUnitVectors(connection.Body))
                    {
                        Interlocked.Increment(ref _errors);
                    }
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    Interlocked.Increment(ref _errors);
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    // The load ended during the pause that a 429 asked for.
                }
            }
        }

        private async Task SendAllAsync(LoadConnection connection, CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                var request = requests[Interlocked.Increment(ref _next) % requests.Length];
                var start = Stopwatch.GetTimestamp();
                var (status, retryAfter) = await connection.SendAsync(request);
                var elapsed = Stopwatch.GetElapsedTime(start);
                if (status == (int)HttpStatusCode.TooManyRequests)
                {
                    Interlocked.Increment(ref _tooMany);
                    await Task.Delay(retryAfter, end);
                }
                else if (status != (int)HttpStatusCode.OK)
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

        /// <summary>Called after the time was taken, for the last answer of each connection.</summary>
        private bool AreUnitVectors(ReadOnlyMemory<byte> body)
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement is { ValueKind: JsonValueKind.Array } && json.RootElement.GetArrayLength() == texts
                && json.RootElement.EnumerateArray().All(vector => Math.Abs(
                    vector.EnumerateArray().Sum(component => component.GetDouble() * component.GetDouble()) - 1) < 1e-3);
        }
    }
}
