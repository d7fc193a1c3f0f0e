using System.Diagnostics;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.Benchmarks.Faults;

/// <summary>The size of a campaign.</summary>
internal sealed record CampaignOptions(int Files, int Rows, int Hosts, int Kills, double FaultShare, int Seed, TimeSpan Limit);

/// <summary>What a campaign did and found.</summary>
/// <param name="Kills">How often each kind of process was killed or stopped.</param>
/// <param name="Requests">The requests that went through the proxy.</param>
/// <param name="Faults">Those that it spoilt.</param>
/// <param name="Retries">Jobs that were retried by hand, because work in them had failed.</param>
/// <param name="Recoveries">The seconds from each kill to the next part that was written.</param>
/// <param name="Unfinished">Sources whose jobs did not finish within the limit.</param>
/// <param name="Seconds">From the first start of a host to the end of the last job.</param>
/// <param name="Check">What DuckDB counted.</param>
internal sealed record CampaignResult(
    IReadOnlyDictionary<string, int> Kills, int Requests, int Faults, int Retries, IReadOnlyList<double> Recoveries, int Unfinished,
    double Seconds, CampaignCheck Check);

/// <summary>
/// Runs jobs on several hosts while their processes are killed and stopped, and while a proxy spoils their requests. Then counts from
/// outside what came out. Linux only. Only one run at a time.
/// </summary>
internal sealed class FaultCampaign(CampaignOptions options, string bundle, string folder, Phases phases) : IAsyncDisposable
{
    private const string Mark = "mark";
    private const int SourcesPerHost = 4;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>A worker that stands still for longer than its lease holds a shard that others have been given.</summary>
    private static readonly TimeSpan Standstill = FaultsHostCommand.Lease * 1.25;

    /// <summary>Each is written only after a change, so the mark changes all.</summary>
    private static readonly string[] Tables =
        ["__azurite_db_blob__.json", "__azurite_db_blob_extent__.json", "__azurite_db_queue__.json", "__azurite_db_queue_extent__.json"];

    private readonly Random _random = new(options.Seed);
    private readonly Dictionary<string, int> _kills = new(StringComparer.Ordinal)
    {
        ["worker killed"] = 0,
        ["host killed"] = 0,
        ["worker stopped"] = 0,
        ["Azurite killed"] = 0,
    };

    private readonly List<DateTime> _killedAt = [];
    private readonly List<Task> _standstills = [];
    private readonly List<CampaignHost> _hosts = [];
    private AzuriteServer? _azurite;
    private FaultyProxy? _proxy;

    private int Killed => _kills.Values.Sum();

    private string AzuriteFolder => Path.Combine(folder, "azurite");

    public async Task<CampaignResult> RunAsync(CancellationToken cancellationToken)
    {
        _azurite = await AzuriteServer.StartAsync(
            new AzuriteOptions
            {
                DataFolder = AzuriteFolder,
                BlobPort = FreePort.Find(),
                QueuePort = FreePort.Find(),
            },
            cancellationToken);
        _proxy = await FaultyProxy.StartAsync(_azurite.ConnectionString, options.FaultShare, new Random(options.Seed));
        await Client(_azurite.ConnectionString).Storage.EnsureCreatedAsync(cancellationToken);
        var sources = CampaignSource.Create(options.Files, options.Rows, _random);
        for (var number = 0; number < options.Hosts; number++)
        {
            _hosts.Add(new CampaignHost(bundle, _proxy.ConnectionString, Path.Combine(folder, $"host-{number}")));
        }

        var watch = Stopwatch.StartNew();
        var (retries, unfinished) = await phases.RunAsync(
            $"Running the jobs of {sources.Count} sources on {options.Hosts} hosts, with {options.Kills} kills and " +
            $"{options.FaultShare:0 %} faults",
            () => RunJobsAsync(sources, watch, cancellationToken),
            _ => $"{Killed} kills, {_proxy.Faults} faults");
        var seconds = watch.Elapsed.TotalSeconds;
        await Task.WhenAll(_standstills);
        await Task.WhenAll(_hosts.Select(host => host.StopAsync()));
        var check = await phases.RunAsync(
            "Counting what came out",
            () => CampaignCheck.RunAsync(Client(_azurite.ConnectionString).Storage, sources, cancellationToken));
        return new CampaignResult(
            _kills, _proxy.Requests, _proxy.Faults, retries, Recoveries(), unfinished, seconds, check);
    }

    public async ValueTask DisposeAsync()
    {
        _hosts.ForEach(host => host.Dispose());
        await (_proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_azurite?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static JobClient Client(string connectionString) =>
        StorageSelection.Connect(StorageConnection.FromConnectionString(connectionString));

    private async Task RestartAzuriteAsync(CancellationToken cancellationToken)
    {
        var ports = FaultyProxy.Ports(_azurite!.ConnectionString);
        await _azurite.DisposeAsync();
        _azurite = await AzuriteServer.StartAsync(
            new AzuriteOptions { DataFolder = AzuriteFolder, BlobPort = ports[0], QueuePort = ports[1] }, cancellationToken);
    }

    private async Task<(int Retries, int Unfinished)> RunJobsAsync(
        List<CampaignSource> sources, Stopwatch watch, CancellationToken cancellationToken)
    {
        var (uploaded, retries, unfinished) = (0, 0, sources.Count);
        while (unfinished > 0 && watch.Elapsed < options.Limit)
        {
            _hosts.ForEach(host => host.EnsureRuns());

            // As many at a time as keep the hosts busy, so that there is work until the last kill.
            var wanted = Math.Min(sources.Count, sources.Count - unfinished + (SourcesPerHost * options.Hosts));
            for (; uploaded < wanted; uploaded++)
            {
                await using var content = sources[uploaded].Open();
                await Client(_azurite!.ConnectionString).UploadAsync(
                    sources[uploaded].Name, content, cancellationToken: cancellationToken);
            }

            await Task.Delay(Pause(), cancellationToken);
            if (Killed < options.Kills && _hosts.Any(host => host.IsReady))
            {
                await KillAsync(cancellationToken);
            }

            (retries, unfinished) = await LookAsync(sources, retries, cancellationToken);
        }

        return (retries, unfinished);
    }

    private TimeSpan Pause() => ShortestPause + ((LongestPause - ShortestPause) * _random.NextDouble());

    private async Task KillAsync(CancellationToken cancellationToken)
    {
        var host = _hosts[_random.Next(_hosts.Count)];
        var kind = _random.NextDouble() switch
        {
            < 0.45 => "worker killed",
            < 0.7 => "host killed",
            < 0.85 => "worker stopped",
            _ => "Azurite killed",
        };
        var at = DateTime.UtcNow;
        var isDone = kind switch
        {
            "worker killed" => host.SignalWorker("KILL"),
            "host killed" => host.IsReady && host.KillHost(),
            "worker stopped" => StopForAWhile(host.Worker, cancellationToken),
            _ => await KillAzuriteAsync(cancellationToken),
        };
        if (isDone)
        {
            _kills[kind]++;
            _killedAt.Add(at);
        }
    }

    /// <summary>
    /// Azurite writes its tables to disk every five seconds, so a kill takes back what it has acknowledged, which storage in Azure never
    /// does and no client can survive. So the kill waits until nothing new is acknowledged and everything old is on the disk.
    /// </summary>
    private async Task<bool> KillAzuriteAsync(CancellationToken cancellationToken)
    {
        using var held = await _proxy!.HoldAsync(cancellationToken);
        var at = DateTime.UtcNow;
        var blob = new BlobClient(_azurite!.ConnectionString, StorageNames.Models, Mark);
        await blob.UploadAsync(BinaryData.FromString(Mark), overwrite: true, cancellationToken);
        var queue = new QueueClient(_azurite.ConnectionString, Mark);
        await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await queue.SendMessageAsync(Mark, cancellationToken);
        await Eventually.TrueAsync("Azurite has written its tables", () => Task.FromResult(Tables.All(IsNew)), cancellationToken);
        CampaignHost.Signal(_azurite.ProcessId, "KILL");
        await RestartAzuriteAsync(cancellationToken);
        return true;

        bool IsNew(string table) => File.GetLastWriteTimeUtc(Path.Combine(AzuriteFolder, table)) > at;
    }

    private bool StopForAWhile(int? worker, CancellationToken cancellationToken)
    {
        if (!CampaignHost.Signal(worker, "STOP"))
        {
            return false;
        }

        _standstills.Add(Task.Run(
            async () =>
            {
                await Task.Delay(Standstill, cancellationToken);
                CampaignHost.Signal(worker, "CONT");
            },
            cancellationToken));
        return true;
    }

    /// <summary>Counts the sources without a complete job, and does what a user does for failed jobs.</summary>
    private async Task<(int Retries, int Unfinished)> LookAsync(
        List<CampaignSource> sources, int retries, CancellationToken cancellationToken)
    {
        var client = Client(_azurite!.ConnectionString);
        var jobs = await client.ListAsync(int.MaxValue, cancellationToken);
        foreach (var job in jobs.Where(job => job.State == JobStatus.Failed))
        {
            await client.RetryAsync(job.Job, cancellationToken);
            retries++;
        }

        var complete = jobs.Where(job => job.State == JobStatus.Succeeded).Select(job => job.Source).ToHashSet(StringComparer.Ordinal);
        return (retries, sources.Count(source => !complete.Contains(source.Name)));
    }

    private List<double> Recoveries()
    {
        var parts = _proxy!.Parts.Order().ToList();
        return [.. _killedAt.Select(at => parts.FirstOrDefault(part => part > at)).Zip(_killedAt)
            .Where(pair => pair.First != default).Select(pair => (pair.First - pair.Second).TotalSeconds)];
    }
}
