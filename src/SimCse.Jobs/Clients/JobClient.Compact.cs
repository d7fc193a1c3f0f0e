using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs.Clients;

public sealed partial class JobClient
{
    /// <summary>The size of merged parts, which readers over a network like best.</summary>
    public const long DefaultMergedBytes = 256L << 20;

    /// <summary>
    /// Merges the parts of a complete job into fewer, and its error files with them. Rows, their order and the footers' metadata stay.
    /// Readers of <c>_SUCCESS</c> see either all old parts or all new ones. Cut off anywhere, it is repeated as a whole.
    /// </summary>
    /// <param name="job">The job's id.</param>
    /// <param name="maxBytes">About the size of a merged part; a single part that is larger stays as large.</param>
    /// <param name="progress">Receives the number of bytes of each old part when it is read.</param>
    /// <param name="cancellationToken">Stops the work before the new parts appear.</param>
    /// <exception cref="PermanentJobException">
    /// The job is not complete, a part is not what <c>_SUCCESS</c> records, or another compaction of the job was begun meanwhile.
    /// </exception>
    public async Task<CompactedJob> CompactAsync(
        string job, long maxBytes = DefaultMergedBytes, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        await _manifests.TryGetAsync(job, cancellationToken) is { } manifest
            ? await _compaction.RunAsync(manifest, maxBytes, progress, cancellationToken)
            : throw new PermanentJobException($"Job {job} has no manifest; only a complete job can be compacted.");
}
