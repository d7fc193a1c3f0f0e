namespace SimCse.Jobs.Plan;

/// <summary>
/// How many shards of one job are let into the queue together, so that a small job does not wait behind all shards of a large one.
/// </summary>
/// <param name="First">
/// The size of the first portion. An instance works on two shards, so it never finds its half of 16 empty; more instances make it grow.
/// </param>
/// <param name="Max">The largest portion, which keeps some hundred instances busy.</param>
internal sealed record PortionLimits(int First, int Max)
{
    public static readonly PortionLimits Default = new(16, 1_024);
}
