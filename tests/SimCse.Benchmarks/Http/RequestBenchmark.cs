using System.Diagnostics;
using System.Globalization;
using SimCse.Models.Untrained;

namespace SimCse.Benchmarks.Http;

/// <summary>
/// Measures the cost of a request through the local host and the worker without encoding: one connection, one request after another.
/// </summary>
internal static class RequestBenchmark
{
    private const int WarmUp = 3_000; // until the runtime has compiled hot code for the second time
    private const int Requests = 3_000;

    public static async Task<int> RunAsync(int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-request-");
        try
        {
            await using var app = await BenchmarkApp.StartAsync(DemoModel.CreateBundle(folder.FullName).Folder);
            using var http = new HttpClient { BaseAddress = app.Url };
            await SendAsync(http, WarmUp);
            Console.WriteLine("| p50 µs | mean µs | CPU ms a request: worker | host and client |");
            Console.WriteLine("|---|---|---|---|");
            for (var round = 0; round < rounds; round++)
            {
                var (worker, own) = (app.WorkerCpuSeconds, Environment.CpuUsage.TotalTime.TotalSeconds);
                var µs = await SendAsync(http, Requests);
                (worker, own) = (app.WorkerCpuSeconds - worker, Environment.CpuUsage.TotalTime.TotalSeconds - own);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {Percentiles.Median(µs):N0} | {µs.Average():N0} | {worker * 1000 / Requests:N2} | {own * 1000 / Requests:N2} |"));
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double[]> SendAsync(HttpClient http, int count)
    {
        var µs = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
            answer.EnsureSuccessStatusCode();
            µs[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return µs;
    }
}
