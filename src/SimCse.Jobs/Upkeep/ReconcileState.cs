namespace SimCse.Jobs.Upkeep;

/// <summary><c>jobs/reconcile.json</c>: how far Reconcile has come, so that a run continues where the last one stopped.</summary>
/// <param name="SettledUpTo">
/// Each source that was written before this time has or had a job, or can have none. No later run looks at it again.
/// </param>
/// <param name="Identity">
/// The model and default options for which that holds; <see langword="null"/> when jobs with others count, too.
/// </param>
/// <param name="SourcesAfter">Where the listing of sources goes on; <see langword="null"/> starts it anew.</param>
/// <param name="StartedOn">When the present listing of sources began, by the clock of storage.</param>
/// <param name="Unsettled">The oldest source of the present listing that waits for its job.</param>
/// <param name="OpenAfter">The job after which the check of open jobs goes on.</param>
/// <param name="FinishedAfter">Where the check of finished jobs goes on.</param>
/// <param name="Ignoring">What the present listing of sources has found so far that is none.</param>
/// <param name="Ignored">What the last whole listing of sources has found that is none.</param>
/// <param name="Filter">The patterns of names for which <paramref name="SettledUpTo"/> holds.</param>
public sealed record ReconcileState(
    DateTimeOffset SettledUpTo = default, string? Identity = null, string? SourcesAfter = null,
    DateTimeOffset? StartedOn = null, DateTimeOffset? Unsettled = null, string? OpenAfter = null, string? FinishedAfter = null,
    IgnoredSources? Ignoring = null, IgnoredSources? Ignored = null, string? Filter = null);

/// <summary>The blobs in <c>texts</c> that are no sources.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Names">The names of the first ones.</param>
public sealed record IgnoredSources(long Count, IReadOnlyList<string> Names)
{
    private const int MaxNames = 3;

    internal static readonly IgnoredSources None = new(0, []);

    internal IgnoredSources Add(string name) => new(Count + 1, Names.Count < MaxNames ? [.. Names, name] : Names);
}
