using System.Globalization;
using SimCse.Inference;

namespace SimCse.Benchmarks.Http;

/// <summary>Runs the rounds of <see cref="HttpBenchmark"/> and prints their tables.</summary>
internal sealed class HttpRounds(
    string file, HttpBenchmarkOptions options, int connections, int shortSeconds, int maxBesideSeconds,
    SentenceEncoder encoder, SentenceEncoder oneByOne, BenchmarkApp sharedApp, BenchmarkApp oneByOneApp)
{
    private const int WarmUpSeconds = 5; // until the runtime has compiled hot code for the second time
    private const int MoreConnections = 256;
    private const int MoreTexts = 8;

    private readonly string[] _sentences = [.. SentenceFile.Read(file).Distinct()];
    private readonly List<Dictionary<string, Measurement>> _loads = [];
    private readonly List<Dictionary<string, double>> _figures = [];
    private int _jobTexts;

    public async Task RunAsync()
    {
        var rate = await InProcessLoad.CallersAsync(encoder, _sentences, connections, shortSeconds); // this also warms it up
        await InProcessLoad.OneCallerAsync(oneByOne, _sentences, seconds: 1);
        _jobTexts = options.JobTexts ?? (int)(rate * HttpBenchmarkOptions.JobSeconds);
        string[] job = [.. Enumerable.Range(0, _jobTexts).Select(i => _sentences[i % _sentences.Length])];
        await sharedApp.RunJobAsync(job[..(_jobTexts / 8)]);
        foreach (var app in (BenchmarkApp[])[sharedApp, oneByOneApp])
        {
            await HttpLoad.StartAsync(app.Url, file, connections, WarmUpSeconds);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            await RoundAsync(job);
        }

        Show();
    }

    private async Task RoundAsync(string[] job)
    {
        var (loads, figures) = (new Dictionary<string, Measurement>(), new Dictionary<string, double>());
        _loads.Add(loads);
        _figures.Add(figures);
        (figures["session"], figures["call"]) = await InProcessLoad.OneCallerAsync(encoder, _sentences, shortSeconds);
        await LoadAsync("one connection", sharedApp, sharedApp.Url, 1, shortSeconds);

        figures["bulk"] = await InProcessLoad.BulkAsync(encoder, _sentences, shortSeconds);
        figures["callers"] = await InProcessLoad.CallersAsync(encoder, _sentences, connections, shortSeconds);
        figures["callers one by one"] = await InProcessLoad.CallersAsync(oneByOne, _sentences, connections, shortSeconds);
        await LoadAsync("shared", sharedApp, sharedApp.Url, connections, options.Seconds);
        await LoadAsync("more connections", sharedApp, sharedApp.Url, MoreConnections, options.Seconds);
        await LoadAsync("more texts", sharedApp, sharedApp.Url, connections, options.Seconds, MoreTexts);
        await LoadAsync("one by one", oneByOneApp, oneByOneApp.Url, connections, options.Seconds);

        figures["alone"] = await sharedApp.RunJobAsync(job);
        var beside = sharedApp.RunJobAsync(job);
        await LoadAsync("beside", sharedApp, sharedApp.Url, connections, maxBesideSeconds, until: beside);
        figures["beside"] = await beside;
        var besideOne = sharedApp.RunJobAsync(job);
        await LoadAsync("beside one connection", sharedApp, sharedApp.Url, 1, maxBesideSeconds, until: besideOne);
        figures["beside one"] = await besideOne;

        async Task LoadAsync(string name, BenchmarkApp app, Uri url, int count, int seconds, int texts = 1, Task? until = null)
        {
            var (worker, own) = (app.WorkerCpuSeconds, Environment.CpuUsage.TotalTime.TotalSeconds);
            var report = await HttpLoad.StartAsync(url, file, count, seconds, texts, until);
            loads[name] = new(report, app.WorkerCpuSeconds - worker, Environment.CpuUsage.TotalTime.TotalSeconds - own);
            Console.Error.WriteLine($"{name}: {loads[name]}");
        }
    }

    private void Show()
    {
        Console.WriteLine(
            $"Model {encoder.Bundle.Model.Name} in {encoder.Bundle.Model.Precision.Name()}; medians of {options.Rounds} rounds; a job of " +
            $"{_jobTexts} texts.");
        Console.WriteLine();
        Console.WriteLine("| | texts/s | p50 ms | p95 ms | p99 ms | 429s | errors | CPU ms a text: worker | host | generator |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        Row($"{connections} connections", "shared");
        Row($"{MoreConnections} connections", "more connections");
        Row($"{connections} connections, {MoreTexts} texts a request", "more texts");
        Row($"{connections} connections, one by one", "one by one");
        Row($"{connections} connections, beside a job", "beside");
        Row("one connection", "one connection");
        Row("one connection, beside a job", "beside one connection");
        Console.WriteLine();
        Console.WriteLine("| | median | rounds |");
        Console.WriteLine("|---|---|---|");
        Figure($"{connections} callers in one process, shared batches, texts/s", i => _figures[i]["callers"]);
        Figure("… times one by one", i => _figures[i]["callers"] / _figures[i]["callers one by one"]);
        Figure("whole batches of a shard in one process, times one by one", i => _figures[i]["bulk"] / _figures[i]["callers one by one"]);
        Figure($"{connections} connections, times the texts/s of a job", i => Rate(i, "shared") / JobRate(i));
        Figure($"{MoreConnections} connections, times the texts/s of a job", i => Rate(i, "more connections") / JobRate(i));
        Figure($"{connections} connections, {MoreTexts} texts a request, times the same", i => Rate(i, "more texts") / JobRate(i));
        Figure("callers in one process, times whole batches of a shard there", i => _figures[i]["callers"] / _figures[i]["bulk"]);
        Figure($"{connections} connections, times whole batches of a shard in one process", i => Rate(i, "shared") / _figures[i]["bulk"]);
        Figure("shared batches, times one by one", i => Rate(i, "shared") / Rate(i, "one by one"));
        Figure("session alone, p50 ms", i => _figures[i]["session"]);
        Figure("encoder's call in process, p50 ms", i => _figures[i]["call"]);
        Figure("one idle connection, p50 as times the session's", i => _loads[i]["one connection"].Report.P50 / _figures[i]["session"]);
        Figure("job alone, s", i => _figures[i]["alone"]);
        Figure("… texts/s", JobRate);
        Figure($"job beside {connections} connections, times alone", i => _figures[i]["beside"] / _figures[i]["alone"]);
        Figure("job beside one connection, times alone", i => _figures[i]["beside one"] / _figures[i]["alone"]);
    }

    private double JobRate(int round) => _jobTexts / _figures[round]["alone"];

    private double Rate(int round, string load) => _loads[round][load].Report.TextsPerSecond;

    private void Row(string name, string load)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Of(m => m.Report.TextsPerSecond):N0} | {Of(m => m.Report.P50):N1} | {Of(m => m.Report.P95):N1} | " +
            $"{Of(m => m.Report.P99):N1} | {_loads.Sum(round => round[load].Report.TooMany)} | " +
            $"{_loads.Sum(round => round[load].Report.Errors)} | {Of(m => m.PerText(m.WorkerCpuSeconds)):N2} | " +
            $"{Of(m => m.PerText(m.HostCpuSeconds)):N2} | {Of(m => m.Report.CpuSeconds * 1000 / m.Report.Texts):N2} |"));

        double Of(Func<Measurement, double> value) => Percentiles.Median(_loads.Select(round => value(round[load])));
    }

    private void Figure(string name, Func<int, double> value)
    {
        double[] rounds = [.. Enumerable.Range(0, options.Rounds).Select(value)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Percentiles.Median(rounds):N2} | " +
            $"{string.Join(" / ", rounds.Select(figure => figure.ToString("N2", CultureInfo.InvariantCulture)))} |"));
    }

    /// <param name="Report">The report of the generator.</param>
    /// <param name="WorkerCpuSeconds">The worker's processor time during the load, including the generator's warm-up and a job.</param>
    /// <param name="HostCpuSeconds">The same for this process, in which the local host runs.</param>
    private sealed record Measurement(LoadReport Report, double WorkerCpuSeconds, double HostCpuSeconds)
    {
        public double PerText(double seconds) => seconds * 1000 / (Report.Texts + Report.WarmUpTexts);
    }
}
