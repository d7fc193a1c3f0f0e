using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Benchmarks;

/// <summary>One start of the app under the local host. Times are in milliseconds since the host began to start its worker.</summary>
/// <param name="AnswerMs">The time until the first answer over HTTP.</param>
/// <param name="Stages">
/// The times until the worker's own stages, as named by <c>/health/ready</c>; <c>main</c> is when its code began to run.
/// </param>
/// <param name="VectorMs">The time until <c>POST /api/embed</c> was answered with a vector.</param>
/// <param name="CpuSeconds">The processor time of the worker until then.</param>
/// <param name="HostCpuSeconds">The processor time until then of this process, in which the local host runs.</param>
/// <param name="PeakBytes">The most memory that the worker has used, including mapped files.</param>
internal sealed record ColdStart(
    double AnswerMs, IReadOnlyDictionary<string, double> Stages, double VectorMs, double CpuSeconds, double HostCpuSeconds, long PeakBytes)
{
    public const string HostFile = "host.json";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Starts the app, waits for its first vector and stops it.</summary>
    /// <param name="app">The folder of the Functions app.</param>
    /// <param name="bundle">The folder of the bundle.</param>
    /// <param name="connectionString">The connection string of storage that answers.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CliException">The app ended or gave no vector; the message says why.</exception>
    public static async Task<ColdStart> MeasureAsync(
        string app, string bundle, string connectionString, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var (startedAt, watch, own) = (DateTime.UtcNow, Stopwatch.StartNew(), ProcessUsage.Own.CpuSeconds);
        try
        {
            await using var host = await FunctionsHost.StartAsync(
                new FunctionsHostOptions
                {
                    AppRoot = app,
                    BlobEvents = false,
                    Settings =
                        new Dictionary<string, string> { [StorageConnection.SettingName] = connectionString, ["Model__Bundle"] = bundle },
                },
                patience.Token);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host.BaseAddress };
            (await http.GetAsync(new Uri("health/live", UriKind.Relative), patience.Token)).EnsureSuccessStatusCode();
            var answerMs = watch.Elapsed.TotalMilliseconds;
            await EmbedAsync(http, patience.Token);
            var vectorMs = watch.Elapsed.TotalMilliseconds;
            var (usage, hostCpu) = (ProcessUsage.Of(host.Workers[0].ProcessId), ProcessUsage.Own.CpuSeconds - own);
            return new ColdStart(
                answerMs, await StagesAsync(http, startedAt, patience.Token), vectorMs, usage.CpuSeconds, hostCpu, usage.PeakBytes);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is OperationCanceledException or HttpRequestException)
        {
            throw new CliException($"The app gave no vector within {Patience.TotalMinutes:0} minutes: {e.Message}");
        }
    }

    private static async Task EmbedAsync(HttpClient http, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var content = new StringContent("{\"inputs\": [\"今日は良い天気です。\"]}", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri("api/embed", UriKind.Relative), content, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                return;
            }

            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || answer.Headers.RetryAfter is null)
            {
                throw new CliException($"The app gave no vector: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Converts the stages to milliseconds since the start, which is valid because both processes read one clock.</summary>
    private static async Task<Dictionary<string, double>> StagesAsync(
        HttpClient http, DateTime startedAt, CancellationToken cancellationToken)
    {
        var health = await http.GetFromJsonAsync<JsonElement>(new Uri("health/ready", UriKind.Relative), cancellationToken);
        var startup = health.GetProperty("startup");
        var mainMs = (startup.GetProperty("mainAt").GetDateTime() - startedAt).TotalMilliseconds;
        return startup.GetProperty("ms").EnumerateObject().Select(
            stage => KeyValuePair.Create(stage.Name, mainMs + stage.Value.GetDouble()))
            .Prepend(KeyValuePair.Create("main", mainMs)).ToDictionary();
    }
}
