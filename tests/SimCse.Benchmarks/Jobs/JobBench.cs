using System.Diagnostics;
using System.Text.Json;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Benchmarks.Jobs;

/// <summary>
/// Measures whole jobs (host, worker, Azurite, parts, <c>_SUCCESS</c>) beside the encoder alone on the same texts. Only one run at a time.
/// </summary>
/// <param name="run">Storage and host, already warm.</param>
/// <param name="alone">The encoder alone with the host's model; <see langword="null"/> measures only jobs.</param>
internal sealed class JobBench(LocalRun run, AloneBench? alone)
{
    private const int FewTexts = 128;
    private const int WarmUpTexts = 4_096;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(2);

    /// <summary>Queries of the status are rare, because they use some of the machine that is being measured.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private int _jobs;

    private int WorkerProcessId => run.Host.Workers[0].ProcessId;

    private JobStorage Storage => run.Client.Storage;

    /// <param name="texts">The texts of the file.</param>
    /// <param name="count">The number of texts to encode; see <see cref="RepeatedTexts.Take"/>.</param>
    /// <param name="rounds">The number of rounds, in each of which the encoder alone and then the job is measured.</param>
    /// <param name="changed">Each so many-th text is another in a new version, which is measured, too; 0 for no new version.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task<JobMeasurement> RunAsync(
        string[] texts, long count, int rounds, int changed, CancellationToken cancellationToken)
    {
        var ready = ProcessUsage.Of(WorkerProcessId).PeakBytes;
        var results = new List<JobRound>();
        JobStatus? status = null;
        for (var round = 0; round < rounds; round++)
        {
            var encoder = alone is null ? null : await alone.RunAsync(RepeatedTexts.Take(texts, count), cancellationToken);
            var source = $"round-{++_jobs}.txt";
            (status, var job) = await RunJobAsync(source, RepeatedTexts.Take(texts, count), cancellationToken);
            var second = changed > 0
                ? await RunJobAsync(
                    source, RepeatedTexts.Take(texts, count).Select((text, i) => i % changed == 0 ? $"{text}{i}" : text), cancellationToken)
                : default;
            results.Add(new JobRound(encoder, job, second.Job));
        }

        var blob = await Storage.Texts.GetBlobClient(status!.Source).GetPropertiesAsync(cancellationToken: cancellationToken);
        return new JobMeasurement(
            count, blob.Value.ContentLength, status.Tokens, status.Shards, ready, ProcessUsage.Of(WorkerProcessId).PeakBytes, results);
    }

    /// <summary>
    /// Runs for some seconds, whatever the model's speed, because compiling code on its first run is not part of a job's cost.
    /// </summary>
    public async Task WarmUpAsync(string[] texts, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await RunJobAsync("few.txt", texts.Take(FewTexts), cancellationToken);
        if (watch.Elapsed < WarmUpTime)
        {
            await RunJobAsync("more.txt", texts.Take(WarmUpTexts), cancellationToken);
        }

        if (alone is not null)
        {
            await alone.RunAsync(texts.Take(FewTexts), cancellationToken);
        }
    }

    /// <summary>Runs one job. The upload is the user's work and is not measured.</summary>
    private async Task<(JobStatus Status, JobRun Job)> RunJobAsync(
        string source, IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var client = run.Client;
        await using (var content = TextLinesStream.Open(texts, cancellationToken))
        {
            await client.UploadAsync(source, content, cancellationToken: cancellationToken);
        }

        var (worker, azurite, host) = (Cpu(WorkerProcessId), Cpu(run.AzuriteProcessId), ProcessUsage.Own.CpuSeconds);
        var start = DateTimeOffset.UtcNow;
        var submission = await client.SubmitAsync(source, cancellationToken: cancellationToken);
        var status = await WaitAsync(submission, cancellationToken);
        (worker, azurite, host) = (Cpu(WorkerProcessId) - worker, Cpu(run.AzuriteProcessId) - azurite, ProcessUsage.Own.CpuSeconds - host);

        var success = await ReadSuccessAsync(status, cancellationToken);
        var (first, last) = (
            success.Parts.Min(part => part.StartedOn), success.Parts.Max(part => part.StartedOn.AddMilliseconds(part.TotalMs)));
        return (status, new JobRun(
            (success.CreatedOn - start).TotalSeconds, (first - success.CreatedOn).TotalSeconds, (last - first).TotalSeconds,
            (success.CompletedOn - last).TotalSeconds, worker, azurite, host));
    }

    private async Task<JobStatus> WaitAsync(string submission, CancellationToken cancellationToken)
    {
        var client = run.Client;
        var result = await client.WaitForSubmissionAsync(submission, cancellationToken);
        var job = result.Job ?? throw new CliException($"The texts could not be planned: {result.Error}");
        while (true)
        {
            if (await client.GetAsync(job, cancellationToken) is { IsFinished: true } status)
            {
                return status.State == JobStatus.Succeeded
                    ? status
                    : throw new CliException($"The job {status.State}; expected {JobStatus.Succeeded}. {status.Reason}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private async Task<JobSuccess> ReadSuccessAsync(JobStatus status, CancellationToken cancellationToken)
    {
        var success = await Storage.Embeddings.GetBlobClient(StorageNames.Success(status.Source, status.Job))
            .DownloadContentAsync(cancellationToken);
        return JsonSerializer.Deserialize(success.Value.Content.ToMemory().Span, JobsJson.Default.JobSuccess)!;
    }

    private static double Cpu(int? processId) => processId is { } id ? ProcessUsage.Of(id).CpuSeconds : 0;
}
