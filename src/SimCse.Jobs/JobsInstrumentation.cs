using System.Diagnostics;
using System.Diagnostics.Metrics;
using SimCse.Jobs.State;

namespace SimCse.Jobs;

/// <summary>Metrics and traces of jobs. Thread-safe.</summary>
public static class JobsInstrumentation
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "SimCse.Jobs";

    internal static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> QueueAge =
        Meter.CreateHistogram<double>("simcse.queue.age", "s", "From a shard's message to its start.");

    internal static readonly Counter<long> JobsCompleted = Meter.CreateCounter<long>(
        "simcse.job.completed", "{job}", "Jobs with _SUCCESS.");

    internal static readonly Counter<long> JobsFailed = Meter.CreateCounter<long>(
        "simcse.job.failed", "{job}", "Sources that could not be planned, or had too many bad lines.");

    internal static readonly Counter<long> SourcesIgnored = Meter.CreateCounter<long>(
        "simcse.source.ignored", "{source}", "Blobs in texts that are no sources.");

    internal static readonly Counter<long> ShardsFailed = Meter.CreateCounter<long>("simcse.shard.failed", "{shard}", "Shards given up.");

    private static readonly Histogram<double> ShardDuration =
        Meter.CreateHistogram<double>("simcse.shard.duration", "s", "From reading a shard to its part's commit.");

    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("simcse.rows", "{row}", "Rows of parts written.");

    private static readonly Counter<long> ErrorRows = Meter.CreateCounter<long>(
        "simcse.error_rows", "{row}", "Lines that could not be encoded.");

    internal static Activity? StartShard(string job, int shard) =>
        Activities.StartActivity("shard")?.SetTag("simcse.job", job).SetTag("simcse.shard", shard);

    internal static void ShardWritten(TimeSpan duration, ProgressRecord record)
    {
        ShardDuration.Record(duration.TotalSeconds);
        Rows.Add(record.Rows);
        ErrorRows.Add(record.Errors);
    }
}
