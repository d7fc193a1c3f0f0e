namespace SimCse.Jobs.Plan;

/// <summary>What the planner spends at most on one source.</summary>
/// <param name="Time">How long it reads. The host ends a function after its <c>functionTimeout</c>, and would try the plan again.</param>
/// <param name="Expansion">How many times as large as the source the text of a compressed source may be.</param>
public sealed record PlanLimits(TimeSpan Time, int Expansion)
{
    public static readonly PlanLimits Default = new(TimeSpan.FromMinutes(25), 100);

    /// <summary>So many bytes of text are read of any source, however well it is compressed.</summary>
    public long LeastText { get; init; } = 256 << 20;

    /// <summary>The most bytes of text in a compressed source.</summary>
    internal long MaxText(long compressedBytes) => Math.Max(LeastText, compressedBytes * Expansion);
}
