using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Benchmarks;

/// <summary>The Functions app under the local host, on an Azurite of its own; disposing stops both.</summary>
internal sealed class BenchmarkApp : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly AzuriteServer _azurite;
    private readonly ServiceProvider _clients;
    private FunctionsHost? _host;
    private int _jobs;

    private BenchmarkApp(AzuriteServer azurite)
    {
        _azurite = azurite;
        _clients = new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSimCseJobClients(StorageConnection.FromConnectionString(azurite.ConnectionString))
            .BuildServiceProvider();
    }

    /// <summary>Of the local host, which hands requests on to the worker.</summary>
    public Uri Url => _host!.BaseAddress;

    /// <summary>Processor time that the worker has used.</summary>
    public double WorkerCpuSeconds
    {
        get
        {
            using var process = Process.GetProcessById(_host!.Workers[0].ProcessId);
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Starts everything, and returns when the model is warm.</summary>
    public static async Task<BenchmarkApp> StartAsync(string bundle)
    {
        var app = new BenchmarkApp(await AzuriteServer.StartAsync());
        try
        {
            await app._clients.GetRequiredService<JobStorage>().EnsureCreatedAsync(CancellationToken.None);
            app._host = await FunctionsHost.StartAsync(new FunctionsHostOptions
            {
                AppRoot = AppRoot,
                BlobEvents = false,
                Settings = new Dictionary<string, string>
                {
                    [StorageConnection.SettingName] = app._azurite.ConnectionString,
                    ["Model__Bundle"] = Path.GetFullPath(bundle),
                },
            });
            using var http = new HttpClient { BaseAddress = app.Url };
            while (!(await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
            {
                await Task.Delay(PollInterval);
            }

            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a job of some texts.</summary>
    /// <returns>Seconds from its manifest to <c>_SUCCESS</c>.</returns>
    public async Task<double> RunJobAsync(IReadOnlyCollection<string> texts)
    {
        var (submit, reader, source) = (_clients.GetRequiredService<SubmitJob>(), _clients.GetRequiredService<JobReader>(), $"round-{++_jobs}.txt");
        using (var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', texts))))
        {
            await submit.UploadAsync(source, content);
        }

        var submission = await reader.WaitForSubmissionAsync(await submit.EnqueueAsync(source));
        var job = submission.Job ?? throw new InvalidOperationException(submission.Error);
        while (true)
        {
            if (await reader.GetAsync(job) is { IsFinished: true } status)
            {
                return status.State == JobStatus.Succeeded && status.Rows == texts.Count && status.Errors == 0
                    ? (status.CompletedOn! - status.CreatedOn!).Value.TotalSeconds
                    : throw new InvalidOperationException($"The job {status.State} with {status.Rows} rows of {texts.Count}. {status.Reason}");
            }

            await Task.Delay(PollInterval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _clients.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    /// <summary>The app's build output of the same configuration, which is a function app as it stands.</summary>
    private static string AppRoot
    {
        get
        {
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!; // tests/SimCse.Benchmarks/bin/CONFIGURATION
            var root = configuration.Parent!.Parent!.Parent!.Parent!.FullName;
            return Path.Combine(root, "src", "SimCse.Functions", "bin", configuration.Name, "net10.0");
        }
    }
}
