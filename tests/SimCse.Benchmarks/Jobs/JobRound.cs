using SimCse.Cli.Bench;

namespace SimCse.Benchmarks.Jobs;

/// <summary>The encoder alone, in this process, shard by shard; and the writing of its parts to nowhere.</summary>
/// <param name="Seconds">Of the encoder.</param>
/// <param name="CpuSeconds">Of this process meanwhile.</param>
/// <param name="Operations">That the model needs for the texts.</param>
/// <param name="Ceiling">Operations a second of bare products of the model's shapes, just before.</param>
/// <param name="WriteCpuSeconds">Of the parts: Parquet and SHA-256.</param>
internal sealed record AloneRun(double Seconds, double CpuSeconds, double Operations, double Ceiling, double WriteCpuSeconds);

/// <summary>One job, from the message that asks for it to <c>_SUCCESS</c>. The source is there before.</summary>
/// <param name="PlanSeconds">To the manifest: the wait until an idle instance looks at its queue, and the scan of the source.</param>
/// <param name="StartSeconds">From there to the first shard: messages, and the wait until an instance looks for them.</param>
/// <param name="ShardsSeconds">From there until the last part is ready to be committed: the part that grows with the source.</param>
/// <param name="CommitSeconds">From there to <c>_SUCCESS</c>.</param>
/// <param name="WorkerCpuSeconds">All the time, as the next two.</param>
/// <param name="AzuriteCpuSeconds">0 when the storage is not ours.</param>
/// <param name="HostCpuSeconds">Of this process, which plays the Functions host.</param>
internal sealed record JobRun(
    double PlanSeconds, double StartSeconds, double ShardsSeconds, double CommitSeconds, double WorkerCpuSeconds, double AzuriteCpuSeconds,
    double HostCpuSeconds)
{
    public double Seconds => PlanSeconds + StartSeconds + ShardsSeconds + CommitSeconds;

    public double CpuSeconds => WorkerCpuSeconds + AzuriteCpuSeconds + HostCpuSeconds;
}

/// <summary>One after the other on the same texts.</summary>
/// <param name="Alone"><see langword="null"/> where the encoder did not run alone.</param>
/// <param name="Job">The whole.</param>
internal sealed record JobRound(AloneRun? Alone, JobRun Job);

/// <summary>
/// What came of some rounds with the same number of texts. What the encoder alone would tell is not a number where it did not run.
/// </summary>
/// <param name="Texts">In each round.</param>
/// <param name="Bytes">Of the source.</param>
/// <param name="Tokens">Ids that the model reads, [CLS] and [SEP] included.</param>
/// <param name="Shards">Of the job.</param>
/// <param name="ReadyPeakBytes">Of the worker's memory before the first job: program and model.</param>
/// <param name="PeakBytes">Of the worker's memory, since it started.</param>
/// <param name="Rounds">In their order.</param>
internal sealed record JobMeasurement(
    long Texts, long Bytes, long Tokens, int Shards, long ReadyPeakBytes, long PeakBytes, IReadOnlyList<JobRound> Rounds)
{
    public double AloneTextsPerSecond => Texts / Alone(alone => alone.Seconds);

    public double JobTextsPerSecond => Texts / Job(job => job.Seconds);

    /// <summary>Without what a job of any size costs.</summary>
    public double SteadyTextsPerSecond => Texts / Job(job => job.ShardsSeconds);

    public double OperationsPerSecond => Median(round => (round.Alone?.Operations ?? double.NaN) / round.Job.Seconds);

    /// <summary>The job's operations a second, of what bare products reach.</summary>
    public double ShareOfCeiling =>
        Median(round => (round.Alone?.Operations ?? double.NaN) / round.Job.Seconds / (round.Alone?.Ceiling ?? double.NaN));

    /// <summary>
    /// The job's speed as a share of the encoder's: the median of the rounds' own shares, since both halves of a round meet the same
    /// machine.
    /// </summary>
    public double Share => Median(round => (round.Alone?.Seconds ?? double.NaN) / round.Job.Seconds);

    /// <summary>The same, of the job's shards alone.</summary>
    public double SteadyShare => Median(round => (round.Alone?.Seconds ?? double.NaN) / round.Job.ShardsSeconds);

    /// <summary>CPU time of writing, of the job's time.</summary>
    public double WriteShare => Median(round => (round.Alone?.WriteCpuSeconds ?? double.NaN) / round.Job.Seconds);

    public double Alone(Func<AloneRun, double> value) => Median(round => round.Alone is { } alone ? value(alone) : double.NaN);

    public double Job(Func<JobRun, double> value) => Median(round => value(round.Job));

    private double Median(Func<JobRound, double> value) => Statistics.Median(Rounds.Select(value));
}
