using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Local;
namespace SimCse.Benchmarks.Jobs;

/// <summary>The planner alone, on one source.</summary>
/// <param name="Texts">In the source.</param>
/// <param name="Bytes">Of the source.</param>
/// <param name="Shards">Planned, messages sent.</param>
/// <param name="Seconds">From the message to the last shard's; the wait for the next look at an idle queue is in it.</param>
/// <param name="WorkerCpuSeconds">Meanwhile.</param>
/// <param name="ReadyPeakBytes">Of the worker's memory before: program and model.</param>
/// <param name="PeakBytes">Of the worker's memory, since it started.</param>
internal sealed record PlanMeasurement(
    long Texts, long Bytes, int Shards, double Seconds, double WorkerCpuSeconds, long ReadyPeakBytes, long PeakBytes);

/// <summary>Measures plans in a worker that encodes nothing.</summary>
/// <param name="run">Storage and host, warm; the function EncodeShard is off.</param>
internal sealed class PlanBench(LocalRun run)
{
    /// <summary>An app setting of the Functions host, and its value.</summary>
    public static readonly KeyValuePair<string, string> NoShards = new("AzureWebJobs.EncodeShard.Disabled", "true");

    public async Task<PlanMeasurement> RunAsync(string[] texts, long count, CancellationToken cancellationToken)
    {
        var client = run.Client;
        var source = $"plan-{count}.txt";
        await using (var content = TextLinesStream.Open(DistinctSentences.Take(texts, count), cancellationToken))
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
