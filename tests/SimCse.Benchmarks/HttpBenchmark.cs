using System.Diagnostics;
using System.Globalization;
using SimCse.Inference;
using SimCse.Models;

namespace SimCse.Benchmarks;

/// <summary>
/// HTTP under load from a second process, idle and beside a job, and what sharing batches brings: rounds in which each way has its turn, medians
/// of them. One by one is the same app and model with batches of one text, by <see cref="EncoderTuning"/> beside the bundle.
/// </summary>
internal static class HttpBenchmark
{
    private const int Rounds = 3;
    private const int Connections = 64;
    private const int JobTexts = 20_000;
    private const int Requests = 3_000;
    private const int SingleRequests = 400;
    private const int MaxSeconds = 60;

    public static async Task<int> RunAsync(string file)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-http-");
        try
        {
            var shared = Path.Combine(folder.FullName, "shared");
            var single = Path.Combine(folder.FullName, "single");
            DemoModel.CreateBundle(shared);
            using var encoder = SentenceEncoder.Load(DemoModel.CreateBundle(single));
            new EncoderTuning(Environment.ProcessorCount, encoder.Lanes, encoder.ThreadsPerLane, MaxTokensPerBatch: 1).Save(single);
            await using var app = await BenchmarkApp.StartAsync(shared);
            await using var oneByOne = await BenchmarkApp.StartAsync(single);
            Show(await MeasureAsync(app, oneByOne, encoder, file));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<Round>> MeasureAsync(BenchmarkApp app, BenchmarkApp oneByOne, SentenceEncoder encoder, string file)
    {
        var sentences = SentenceFile.Read(file).Distinct().ToArray();
        string[] job = [.. Enumerable.Range(0, JobTexts).Select(i => sentences[i % sentences.Length])];
        await app.RunJobAsync(job[..1_024]);
        await SessionAsync(encoder, sentences[..SingleRequests]);

        var rounds = new List<Round>();
        for (var round = 0; round < Rounds; round++)
        {
            var idle = await HttpLoad.StartAsync(app.Url, file, Connections, Requests, MaxSeconds);
            var single = await HttpLoad.StartAsync(oneByOne.Url, file, Connections, Requests, MaxSeconds);
            var (session, call) = await SessionAsync(encoder, sentences[..SingleRequests]);
            var connection = await HttpLoad.StartAsync(app.Url, file, 1, SingleRequests, MaxSeconds);
            var alone = await app.RunJobAsync(job);
            var beside = app.RunJobAsync(job);
            var busy = await HttpLoad.StartAsync(app.Url, file, Connections, int.MaxValue / 2, MaxSeconds, beside);
            rounds.Add(new Round(idle, single, session, call, connection, alone, await beside, busy));
            Console.Error.WriteLine(rounds[^1]);
        }

        return rounds;
    }

    /// <summary>The texts one by one in this process: median milliseconds of the session alone, and of the encoder's whole call.</summary>
    private static async Task<(double Session, double Call)> SessionAsync(SentenceEncoder encoder, string[] texts)
    {
        var (session, call) = (new List<double>(), new List<double>());
        foreach (var text in texts)
        {
            var start = Stopwatch.GetTimestamp();
            var encoded = await encoder.EncodeAsync([text], new EncodeOptions { Normalize = true });
            call.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            session.Add(encoded.Timings.Inference.TotalMilliseconds);
        }

        return (Percentiles.Median(session), Percentiles.Median(call));
    }

    private static void Show(List<Round> rounds)
    {
        Console.WriteLine($"| {Connections} connections | texts/s | p50 ms | p95 ms | p99 ms | 429s | errors |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Row("idle, shared batches", round => round.Idle);
        Row("idle, one by one", round => round.OneByOne);
        Row($"beside a job of {JobTexts.ToString("N0", CultureInfo.InvariantCulture)} texts", round => round.Busy);
        Row("one connection, idle", round => round.Single);
        Console.WriteLine();
        Console.WriteLine("| | median | rounds |");
        Console.WriteLine("|---|---|---|");
        Figure("shared batches, times one by one", round => round.Idle.TextsPerSecond / round.OneByOne.TextsPerSecond);
        Figure("session alone, p50 ms", round => round.SessionMilliseconds);
        Figure("encoder's call in process, p50 ms", round => round.CallMilliseconds);
        Figure("one idle connection, times the session", round => round.Single.P50 / round.SessionMilliseconds);
        Figure("one idle connection, times the encoder's call", round => round.Single.P50 / round.CallMilliseconds);
        Figure("job alone, s", round => round.AloneSeconds);
        Figure("job beside the load, s", round => round.BesideSeconds);
        Figure("job beside the load, times alone", round => round.BesideSeconds / round.AloneSeconds);

        void Row(string name, Func<Round, LoadReport> load) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Median(round => load(round).TextsPerSecond):N0} | {Median(round => load(round).P50):N1} | {Median(round => load(round).P95):N1} | {Median(round => load(round).P99):N1} | {rounds.Sum(round => load(round).TooMany)} | {rounds.Sum(round => load(round).Errors)} |"));

        void Figure(string name, Func<Round, double> value) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Median(value):N2} | {string.Join(" / ", rounds.Select(round => value(round).ToString("N2", CultureInfo.InvariantCulture)))} |"));

        double Median(Func<Round, double> value) => Percentiles.Median(rounds.Select(value));
    }

    /// <summary>Everything once, in this order.</summary>
    private sealed record Round(
        LoadReport Idle, LoadReport OneByOne, double SessionMilliseconds, double CallMilliseconds, LoadReport Single, double AloneSeconds, double BesideSeconds,
        LoadReport Busy);
}
