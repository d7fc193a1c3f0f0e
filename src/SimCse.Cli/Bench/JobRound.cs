namespace SimCse.Cli.Bench;

/// <summary>The encoder alone and a whole job on the same texts, one after the other.</summary>
/// <param name="AloneSeconds">The encoder in this process, shard by shard.</param>
/// <param name="AloneCpuSeconds">Of this process meanwhile.</param>
/// <param name="PlanSeconds">From the plan's message to the last shard's; the wait for the next look at an idle queue is in it.</param>
/// <param name="JobSeconds">From the manifest to <c>_SUCCESS</c>.</param>
/// <param name="HandlerCpuSeconds">From the plan's message to <c>_SUCCESS</c>.</param>
/// <param name="AzuriteCpuSeconds">As above; 0 when the storage is not ours.</param>
/// <param name="HostCpuSeconds">Of this process, which plays the Functions host.</param>
internal sealed record JobRound(
    double AloneSeconds, double AloneCpuSeconds, double PlanSeconds, double JobSeconds, double HandlerCpuSeconds, double AzuriteCpuSeconds,
    double HostCpuSeconds);

/// <summary>What came of some rounds with the same number of texts.</summary>
/// <param name="Texts">In each round.</param>
/// <param name="Bytes">Of the source.</param>
/// <param name="Tokens">Ids that the model reads, [CLS] and [SEP] included.</param>
/// <param name="Shards">Of the job.</param>
/// <param name="HandlerPeakBytes">Of the handler's memory, since it started.</param>
/// <param name="Rounds">In their order.</param>
internal sealed record JobMeasurement(long Texts, long Bytes, long Tokens, int Shards, long HandlerPeakBytes, IReadOnlyList<JobRound> Rounds)
{
    public double AloneTextsPerSecond => Texts / Median(round => round.AloneSeconds);

    public double JobTextsPerSecond => Texts / Median(round => round.JobSeconds);

    /// <summary>The job's speed as a share of the encoder's: the median of the rounds' own shares, since both halves of a round meet the same machine. Not a number where the encoder did not run alone.</summary>
    public double Share => Median(round => round.AloneSeconds > 0 ? round.AloneSeconds / round.JobSeconds : double.NaN);

    public double Median(Func<JobRound, double> value) => Statistics.Median(Rounds.Select(value));
}
