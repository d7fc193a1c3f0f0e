using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>Finds the job whose vectors a new version of its source can take over. Thread-safe.</summary>
internal sealed class PreviousJob(LatestBlob latest, ManifestCache manifests)
{
    /// <summary>
    /// The newest complete job of the source, if its vectors are those that the new job would compute for the same texts, and if its parts
    /// hold the texts.
    /// </summary>
    public async Task<string?> FindAsync(
        JobKey identity, ModelDescription model, JobPrompt? prompt, CancellationToken cancellationToken)
    {
        var (options, before) = (identity.Options, await latest.TryReadAsync(identity.Source, cancellationToken));
        return IsExact(options.VectorType) && before is not null && before.Job != identity.Job && before.Fingerprint == model.Fingerprint
            && await TryGetManifestAsync(before.Job, cancellationToken) is { Options: { IncludeText: true } theirs } manifest
            && (theirs.Normalize, theirs.Dimensions, theirs.VectorType) == (options.Normalize, options.Dimensions, options.VectorType)
            && manifest.Prompt?.Text == prompt?.Text
            ? before.Job
            : null;
    }

    /// <summary>Whether a vector that is read and stored again is the same to the bit. Those of 8 bits and fewer are rounded.</summary>
    private static bool IsExact(VectorType? type) => type is null or VectorType.Float32 or VectorType.Float16;

    private async Task<JobManifest?> TryGetManifestAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await manifests.TryGetAsync(job, cancellationToken);
        }
        catch (UnreadableRecordException)
        {
            return null;
        }
    }
}
