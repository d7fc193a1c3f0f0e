using System.Text;
using SimCse.Cli.Local;
using SimCse.Cli.Storage;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Benchmarks;

/// <summary>The Functions app under the local host, with its own Azurite; disposing stops both.</summary>
internal sealed class BenchmarkApp : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly LocalApp _app;
    private readonly JobClient _client;
    private int _jobs;

    private BenchmarkApp(LocalApp app)
    {
        _app = app;
        _client = StorageSelection.Connect(StorageConnection.FromConnectionString(app.ConnectionString));
    }

    /// <summary>The address of the local host, which passes requests to the worker.</summary>
    public Uri Url => _app.Host.BaseAddress;

    /// <summary>The processor time that the worker has used.</summary>
    public double WorkerCpuSeconds => ProcessUsage.Of(_app.Host.Workers[0].ProcessId).CpuSeconds;

    /// <summary>Starts everything, and returns when the model is warm.</summary>
    public static async Task<BenchmarkApp> StartAsync(string bundle)
    {
        var options = LocalRun.Options(Bundle.Open(bundle));
        var app = new BenchmarkApp(await LocalApp.StartAsync(options with { Host = options.Host with { BlobEvents = false } }));
        // the app does so too, but gives no sign when it is done
        await app._client.Storage.EnsureCreatedAsync(CancellationToken.None);
        return app;
    }

    /// <returns>The seconds from the job's manifest to <c>_SUCCESS</c>.</returns>
    public async Task<double> RunJobAsync(IReadOnlyCollection<string> texts)
    {
        var source = $"round-{++_jobs}.txt";
        using (var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', texts))))
        {
            await _client.UploadAsync(source, content);
        }

        var submission = await _client.WaitForSubmissionAsync(await _client.SubmitAsync(source));
        var job = submission.Job ?? throw new InvalidOperationException(submission.Error);
        while (true)
        {
            if (await _client.GetAsync(job) is { IsFinished: true } status)
            {
                return status.State == JobStatus.Succeeded && status.Rows == texts.Count && status.Errors == 0
                    ? (status.CompletedOn! - status.CreatedOn!).Value.TotalSeconds
                    : throw new InvalidOperationException(
                        $"The job {status.State} with {status.Rows} rows of {texts.Count}. {status.Reason}");
            }

            await Task.Delay(PollInterval);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
