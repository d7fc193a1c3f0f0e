using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Operations;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Bench;

/// <summary>Measures whole jobs (host, handler, Azurite, parts, <c>_SUCCESS</c>) beside the encoder alone on the same texts. One run at a time.</summary>
/// <param name="run">Storage and host, warm.</param>
/// <param name="encoder">With the host's model; stays with the caller.</param>
internal sealed class JobBench(LocalRun run, SentenceEncoder encoder)
{
    private const int TextsPerShard = 4_096;
    private const int WarmUpTexts = 1_024;

    /// <summary>Each look costs the storage some of the machine that is being measured.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private int _jobs;

    /// <param name="texts">Of the file.</param>
    /// <param name="count">To encode; see <see cref="BenchTexts.Take"/>.</param>
    /// <param name="rounds">Of the encoder alone and the job, turn by turn.</param>
    /// <param name="alone">Whether to run the encoder alone at all; without it, its figures are 0.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task<JobMeasurement> RunAsync(string[] texts, long count, int rounds, bool alone, CancellationToken cancellationToken)
    {
        var results = new List<JobRound>();
        JobStatus? status = null;
        for (var round = 0; round < rounds; round++)
        {
            var (seconds, cpu) = alone ? await EncodeAsync(BenchTexts.Take(texts, count), cancellationToken) : (0, 0);
            (status, var job) = await RunJobAsync(BenchTexts.Take(texts, count), cancellationToken);
            results.Add(job with { AloneSeconds = seconds, AloneCpuSeconds = cpu });
        }

        var source = await run.Clients.GetRequiredService<JobStorage>().Texts.GetBlobClient(status!.Source).GetPropertiesAsync(cancellationToken: cancellationToken);
        return new JobMeasurement(
            count, source.Value.ContentLength, status.Tokens, status.Shards, ProcessUsage.Of(HandlerProcessId).PeakBytes, results);
    }

    /// <summary>Code that is compiled while it runs for the first time is no part of a job's price.</summary>
    public async Task WarmUpAsync(string[] texts, CancellationToken cancellationToken)
    {
        await EncodeAsync(texts.Take(WarmUpTexts), cancellationToken);
        await RunJobAsync(texts.Take(WarmUpTexts), cancellationToken);
    }

    private int HandlerProcessId => run.Host.Handlers[0].ProcessId;

    private async Task<(double Seconds, double CpuSeconds)> EncodeAsync(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var (cpu, watch) = (ProcessUsage.Own.CpuSeconds, Stopwatch.StartNew());
        foreach (var shard in texts.Chunk(TextsPerShard))
        {
            await encoder.EncodeAsync(shard, cancellationToken: cancellationToken);
        }

        return (watch.Elapsed.TotalSeconds, ProcessUsage.Own.CpuSeconds - cpu);
    }

    /// <summary>The upload is the user's and not measured.</summary>
    private async Task<(JobStatus Status, JobRound Round)> RunJobAsync(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var submit = run.Clients.GetRequiredService<SubmitJob>();
        var source = $"round-{++_jobs}.txt";
        await using (var content = TextLinesStream.Open(texts, cancellationToken))
        {
            await submit.UploadAsync(source, content, cancellationToken: cancellationToken);
        }

        var (handler, azurite, host) = (Cpu(HandlerProcessId), Cpu(run.AzuriteProcessId), ProcessUsage.Own.CpuSeconds);
        var start = DateTimeOffset.UtcNow;
        var submission = await submit.EnqueueAsync(source, cancellationToken: cancellationToken);
        var status = await WaitAsync(submission, cancellationToken);
        return (status, new JobRound(
            0, 0, (await SentOnAsync(status.Job, cancellationToken) - start).TotalSeconds, (status.CompletedOn! - status.CreatedOn!).Value.TotalSeconds,
            Cpu(HandlerProcessId) - handler, Cpu(run.AzuriteProcessId) - azurite, ProcessUsage.Own.CpuSeconds - host));
    }

    private async Task<JobStatus> WaitAsync(string submission, CancellationToken cancellationToken)
    {
        var reader = run.Clients.GetRequiredService<JobReader>();
        var result = await reader.WaitForSubmissionAsync(submission, cancellationToken);
        var job = result.Job ?? throw new CliException($"The texts could not be planned: {result.Error}");
        while (true)
        {
            if (await reader.GetAsync(job, cancellationToken) is { IsFinished: true } status)
            {
                return status.State == JobStatus.Succeeded
                    ? status
                    : throw new CliException($"The job {status.State}; expected {JobStatus.Succeeded}. {status.Reason}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private async Task<DateTimeOffset> SentOnAsync(string job, CancellationToken cancellationToken)
    {
        var sent = await run.Clients.GetRequiredService<JobStorage>().Jobs.GetBlobClient($"{job}/sent.json").DownloadContentAsync(cancellationToken);
        return JsonSerializer.Deserialize(sent.Value.Content.ToMemory().Span, JobsJson.Default.ShardsSent)!.At;
    }

    private static double Cpu(int? processId) => processId is { } id ? ProcessUsage.Of(id).CpuSeconds : 0;
}
