namespace SimCse.Jobs.Upkeep;

/// <summary>How much one run of Reconcile does at most.</summary>
/// <param name="SourcePages">The most pages of sources that are listed.</param>
/// <param name="SourcesPerPage">The number of sources in a page, of which storage returns 5,000 at most.</param>
/// <param name="Sources">No further page is listed after this number of sources has been looked up.</param>
/// <param name="OpenJobs">The most open jobs that are looked at.</param>
/// <param name="FinishedBlobs">The blobs of jobs that are listed to find finished ones; a job has about four.</param>
/// <param name="Skew">How far the clocks of storage's servers may differ: younger sources are looked up again.</param>
internal sealed record ReconcileLimits(int SourcePages, int SourcesPerPage, int Sources, int OpenJobs, int FinishedBlobs, TimeSpan Skew)
{
    public static readonly ReconcileLimits Default = new(20, 5_000, 2_000, 500, 100, TimeSpan.FromMinutes(1));
}
