using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
namespace SimCse.Benchmarks.Jobs;

/// <summary>The measurement of one plan.</summary>
/// <param name="Texts">The number of texts in the source.</param>
/// <param name="Bytes">The size of the source.</param>
/// <param name="Shards">The number of shards that were planned and whose messages were sent.</param>
/// <param name="Seconds">The time from the request to the last shard's message, including the wait for an idle queue's next check.</param>
/// <param name="WorkerCpuSeconds">The processor time of the worker during it.</param>
/// <param name="ReadyPeakBytes">The peak memory of the worker before: program and model.</param>
/// <param name="PeakBytes">The peak memory of the worker since its start.</param>
internal sealed record PlanMeasurement(
    long Texts, long Bytes, int Shards, double Seconds, double WorkerCpuSeconds, long ReadyPeakBytes, long PeakBytes);

/// <summary>Measures plans in a worker that encodes nothing.</summary>
/// <param name="run">Storage and host, already warm, with the function EncodeShard disabled.</param>
internal sealed class PlanBench(LocalRun run)
{
    /// <summary>The app setting that disables the function EncodeShard.</summary>
    public static readonly KeyValuePair<string, string> NoShards = new("AzureWebJobs.EncodeShard.Disabled", "true");

    public async Task<PlanMeasurement> RunAsync(string[] texts, long count, CancellationToken cancellationToken)
    {
        var client = run.Client;
        var source = $"plan-{count}.txt";
        await using (var content = TextLinesStream.Open(RepeatedTexts.Take(texts, count), cancellationToken))
        {
            await client.UploadAsync(source, content, cancellationToken: cancellationToken);
        }

        var worker = run.Host.Workers[0].ProcessId;
        var (ready, start) = (ProcessUsage.Of(worker), DateTimeOffset.UtcNow);
        var submission = await client.SubmitAsync(source, cancellationToken: cancellationToken);
        var result = await client.WaitForSubmissionAsync(submission, cancellationToken);
        var (seconds, usage) = ((DateTimeOffset.UtcNow - start).TotalSeconds, ProcessUsage.Of(worker));
        var job = await client.GetAsync(
            result.Job ?? throw new CliException($"The texts could not be planned: {result.Error}"), cancellationToken);
        var bytes = await client.Storage.Texts
            .GetBlobClient(source).GetPropertiesAsync(cancellationToken: cancellationToken);
        return new PlanMeasurement(
            count, bytes.Value.ContentLength, job!.Shards, seconds, usage.CpuSeconds - ready.CpuSeconds, ready.PeakBytes, usage.PeakBytes);
    }
}
