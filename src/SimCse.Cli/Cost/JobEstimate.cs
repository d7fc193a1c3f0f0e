namespace SimCse.Cli.Cost;

/// <summary>The time and cost of encoding a number of texts on one plan.</summary>
/// <param name="Plan">The plan that the job runs on.</param>
/// <param name="Instances">The number of instances that work at the same time.</param>
/// <param name="TextsPerSecond">The rate of one instance.</param>
/// <param name="Hours">The time from the first to the last shard, with all instances busy.</param>
/// <param name="Cost">The price of the instances' time in the price list's currency, without storage, start-up and idle instances.</param>
/// <param name="IsAssumed">Whether the rate is an assumption of the price list and was not measured.</param>
internal sealed record JobEstimate(PlanPrice Plan, int Instances, double TextsPerSecond, double Hours, double Cost, bool IsAssumed)
{
    private const double SecondsPerHour = 3600;

    /// <summary>
    /// The time is texts ÷ (rate × instances). The cost is instances × hours × price, so it does not depend on the number of instances.
    /// </summary>
    /// <param name="plan">The plan that the job runs on.</param>
    /// <param name="texts">The number of texts to encode.</param>
    /// <param name="textsPerVcpuSecond">The texts per second of one vCPU.</param>
    /// <param name="tokensPerText">The mean tokens of a text, for the price list's rate of a GPU.</param>
    /// <param name="gpuTextsPerSecond">The texts per second of one GPU; <see langword="null"/> takes the price list's.</param>
    /// <param name="instances">The number of instances that work at the same time; <see langword="null"/> takes the price list's.</param>
    public static JobEstimate Create(
        PlanPrice plan, long texts, double textsPerVcpuSecond, double tokensPerText, double? gpuTextsPerSecond, int? instances)
    {
        var isGpu = plan.GpuTokensPerSecond is not null;
        var rate = isGpu ? gpuTextsPerSecond ?? plan.GpuTokensPerSecond!.Value / tokensPerText : plan.Vcpus * textsPerVcpuSecond;
        var count = instances ?? plan.Instances;
        var instanceHours = texts / rate / SecondsPerHour;
        return new JobEstimate(
            plan, count, rate, instanceHours / count, instanceHours * plan.InstanceHour, isGpu && gpuTextsPerSecond is null);
    }
}
