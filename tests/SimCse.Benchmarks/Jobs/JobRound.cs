using SimCse.Cli.Bench;

namespace SimCse.Benchmarks.Jobs;

/// <summary>The encoder alone in this process, shard by shard, and the writing of its parts to nowhere.</summary>
/// <param name="Seconds">The time of the encoder.</param>
/// <param name="CpuSeconds">The processor time of this process during it.</param>
/// <param name="Operations">The operations that the model needs for the texts.</param>
/// <param name="Ceiling">Operations per second of bare products of the model's shapes, measured just before.</param>
/// <param name="WriteCpuSeconds">The processor time of writing the parts: Parquet and SHA-256.</param>
internal sealed record AloneRun(double Seconds, double CpuSeconds, double Operations, double Ceiling, double WriteCpuSeconds);

/// <summary>One job, from the message that requests it to <c>_SUCCESS</c>. The source is uploaded before.</summary>
/// <param name="PlanSeconds">The time to the manifest: the wait until an idle instance checks its queue, and the source scan.</param>
/// <param name="StartSeconds">The time from there to the first shard: messages, and the wait until an instance checks for them.</param>
/// <param name="ShardsSeconds">The time from there until the last part can be committed, which grows with the source.</param>
/// <param name="CommitSeconds">The time from there to <c>_SUCCESS</c>.</param>
/// <param name="WorkerCpuSeconds">The processor time of the worker during the whole job, as for the next two.</param>
/// <param name="AzuriteCpuSeconds">The processor time of Azurite; 0 when the storage was not started here.</param>
/// <param name="HostCpuSeconds">The processor time of this process, in which the local host runs.</param>
internal sealed record JobRun(
    double PlanSeconds, double StartSeconds, double ShardsSeconds, double CommitSeconds, double WorkerCpuSeconds, double AzuriteCpuSeconds,
    double HostCpuSeconds)
{
    public double Seconds => PlanSeconds + StartSeconds + ShardsSeconds + CommitSeconds;

    public double CpuSeconds => WorkerCpuSeconds + AzuriteCpuSeconds + HostCpuSeconds;
}

/// <summary>One round: the encoder alone and then a job, on the same texts.</summary>
/// <param name="Alone">The encoder alone; <see langword="null"/> if it was not measured.</param>
/// <param name="Job">The whole job.</param>
/// <param name="Changed">The job of a new version of the same source; <see langword="null"/> if there was none.</param>
internal sealed record JobRound(AloneRun? Alone, JobRun Job, JobRun? Changed = null);

/// <summary>
/// The results of several rounds with the same number of texts. Values that need the encoder alone are NaN if it was not measured.
/// </summary>
/// <param name="Texts">The number of texts in each round.</param>
/// <param name="Bytes">The size of the source.</param>
/// <param name="Tokens">The number of ids that the model reads, including [CLS] and [SEP].</param>
/// <param name="Shards">The number of shards of the job.</param>
/// <param name="ReadyPeakBytes">The peak memory of the worker before the first job: program and model.</param>
/// <param name="PeakBytes">The peak memory of the worker since its start.</param>
/// <param name="Rounds">The rounds in their order.</param>
internal sealed record JobMeasurement(
    long Texts, long Bytes, long Tokens, int Shards, long ReadyPeakBytes, long PeakBytes, IReadOnlyList<JobRound> Rounds)
{
    public double AloneTextsPerSecond => Texts / Alone(alone => alone.Seconds);

    public double JobTextsPerSecond => Texts / Job(job => job.Seconds);

    /// <summary>The rate without the time that a job of any size needs.</summary>
    public double SteadyTextsPerSecond => Texts / Job(job => job.ShardsSeconds);

    public double OperationsPerSecond => Median(round => (round.Alone?.Operations ?? double.NaN) / round.Job.Seconds);

    /// <summary>The job's operations per second as a share of those of bare products.</summary>
    public double ShareOfCeiling =>
        Median(round => (round.Alone?.Operations ?? double.NaN) / round.Job.Seconds / (round.Alone?.Ceiling ?? double.NaN));

    /// <summary>
    /// The job's speed as a share of the encoder's. It is the median of the rounds' own shares, since both halves of a round meet the same
    /// conditions of the machine.
    /// </summary>
    public double Share => Median(round => (round.Alone?.Seconds ?? double.NaN) / round.Job.Seconds);

    /// <summary>The same share, with only the shards' time of the job.</summary>
    public double SteadyShare => Median(round => (round.Alone?.Seconds ?? double.NaN) / round.Job.ShardsSeconds);

    /// <summary>The processor time of writing as a share of the job's time.</summary>
    public double WriteShare => Median(round => (round.Alone?.WriteCpuSeconds ?? double.NaN) / round.Job.Seconds);

    public double Changed(Func<JobRun, double> value) => Median(round => round.Changed is { } changed ? value(changed) : double.NaN);

    /// <summary>A cost of the job of a new version, as a share of that of the first.</summary>
    public double ChangedShare(Func<JobRun, double> cost) =>
        Median(round => round.Changed is { } changed ? cost(changed) / cost(round.Job) : double.NaN);

    public double Alone(Func<AloneRun, double> value) => Median(round => round.Alone is { } alone ? value(alone) : double.NaN);

    public double Job(Func<JobRun, double> value) => Median(round => value(round.Job));

    private double Median(Func<JobRound, double> value) => Statistics.Median(Rounds.Select(value));
}
