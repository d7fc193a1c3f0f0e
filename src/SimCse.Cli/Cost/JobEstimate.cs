namespace SimCse.Cli.Cost;

/// <summary>Time and money for a number of texts on one plan.</summary>
/// <param name="Plan">Where.</param>
/// <param name="Instances">At work at once.</param>
/// <param name="TextsPerSecond">Of one instance.</param>
/// <param name="Hours">From first to last shard, all instances busy.</param>
/// <param name="Cost">Of the instances' time, in the price list's currency. Storage, start-up and idle instances are not in it.</param>
/// <param name="IsAssumed">Whether the rate is the price list's assumption and nobody's measurement.</param>
internal sealed record JobEstimate(PlanPrice Plan, int Instances, double TextsPerSecond, double Hours, double Cost, bool IsAssumed)
{
    private const double SecondsPerHour = 3600;

    /// <summary>
    /// texts ÷ (rate × instances) is the time, instances × hours × price the cost: it does not depend on the number of instances.
    /// </summary>
    /// <param name="plan">Where.</param>
    /// <param name="texts">To encode.</param>
    /// <param name="textsPerVcpuSecond">Of one vCPU.</param>
    /// <param name="gpuTextsPerSecond">Of one GPU; <see langword="null"/> takes the price list's.</param>
    /// <param name="instances">At once; <see langword="null"/> takes the price list's.</param>
    public static JobEstimate Create(PlanPrice plan, long texts, double textsPerVcpuSecond, double? gpuTextsPerSecond, int? instances)
    {
        var isGpu = plan.GpuTextsPerSecond is not null;
        var rate = isGpu ? gpuTextsPerSecond ?? plan.GpuTextsPerSecond!.Value : plan.Vcpus * textsPerVcpuSecond;
        var count = instances ?? plan.Instances;
        var instanceHours = texts / rate / SecondsPerHour;
        return new JobEstimate(
            plan, count, rate, instanceHours / count, instanceHours * plan.InstanceHour, isGpu && gpuTextsPerSecond is null);
    }
}
