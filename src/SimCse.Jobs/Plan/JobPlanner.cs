using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Tokenization;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Writes a plan in this order: the staged text (if any), the manifest, and the first portion of messages with its record. A repeated plan
/// finds what was written before. Thread-safe.
/// </summary>
internal sealed class JobPlanner(
    JobStorage storage, StageSource scanner, PreviousJob previous, ManifestCache manifests, ShardQueue shards, ErrorLimits limits,
    TimeProvider time, ILogger<JobPlanner> logger)
{
    /// <param name="identity">The job.</param>
    /// <param name="encoder">The model.</param>
    /// <param name="isAsked">Whether a user asks for the job, and it is not only an event or Reconcile that finds its source.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="PermanentJobException">The source can never be planned.</exception>
    public async Task PlanAsync(JobKey identity, SentenceEncoder encoder, bool isAsked, CancellationToken cancellationToken)
    {
        if (!await MayBeginAsync(identity.Job, isAsked, cancellationToken))
        {
            Log.DeletedStaysSo(logger, identity.Job, identity.Source);
            return;
        }

        var manifest = await TryGetAsync(identity.Job, cancellationToken);
        var isKnown = manifest is not null;
        if (manifest is null)
        {
            manifest = await ScanAsync(identity, encoder, cancellationToken);
            await JobStorage.TryCreateAsync(
                storage.Jobs, StorageNames.Manifest(manifest.Job), manifest, JobsJson.Default.JobManifest, cancellationToken);
        }

        if (isKnown && await TryChangeLimitAsync(manifest, identity.Options.MaxErrors, cancellationToken))
        {
            return;
        }

        // An upload sends an event and a submission sends a message: most plans come twice, but their shards should not.
        if ((isKnown && await IsCompleteAsync(manifest, cancellationToken)) || !await shards.TryBeginAsync(manifest, cancellationToken))
        {
            Log.PlannedAlready(logger, manifest.Job, manifest.Source);
            return;
        }

        Log.Planned(logger, manifest.Job, manifest.Source, manifest.Shards.Count, manifest.Texts);
    }

    /// <summary>A job that was deleted begins anew only for a user. Its marks go in the order that may end in between.</summary>
    private async Task<bool> MayBeginAsync(string job, bool isAsked, CancellationToken cancellationToken)
    {
        if (!await storage.Jobs.GetBlobClient(StorageNames.Deleted(job)).ExistsAsync(cancellationToken))
        {
            return true;
        }

        manifests.Forget(job);
        if (isAsked)
        {
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Cancelled(job), cancellationToken: cancellationToken);
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Deleted(job), cancellationToken: cancellationToken);
        }

        return isAsked;
    }

    private async Task<bool> IsCompleteAsync(JobManifest manifest, CancellationToken cancellationToken) =>
        await storage.Embeddings.GetBlobClient(StorageNames.Success(manifest.Source, manifest.Job)).ExistsAsync(cancellationToken);

    /// <summary>
    /// The same job may be asked for with another limit of errors. The last one counts, for a job that is not complete; one that failed by
    /// the former is judged again. A request that repeats what the manifest says (an event that comes late) changes nothing.
    /// </summary>
    /// <returns>Whether the job was done and is judged again.</returns>
    private async Task<bool> TryChangeLimitAsync(JobManifest manifest, ErrorLimit? limit, CancellationToken cancellationToken)
    {
        if (limit == manifest.Options.MaxErrors || limit == await limits.ReadAsync(manifest, cancellationToken)
            || await IsCompleteAsync(manifest, cancellationToken))
        {
            return false;
        }

        await limits.ChangeAsync(manifest.Job, limit, cancellationToken);
        return await shards.TryJudgeAsync(manifest, cancellationToken);
    }

    /// <summary>
    /// Whoever plans knows all that stood in a broken manifest, and drops it with what depends on it. The parts stay: a delivery compares
    /// the number of texts in its part with the new manifest.
    /// </summary>
    private async Task<JobManifest?> TryGetAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await manifests.TryGetAsync(job, cancellationToken);
        }
        catch (UnreadableRecordException e) when (!e.IsNewer)
        {
            Log.RecordUnreadable(logger, job, e.Message);
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Progress(job), cancellationToken: cancellationToken);
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Open(job), cancellationToken: cancellationToken);
            await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Sent(job), cancellationToken: cancellationToken);
            await JobStorage.TryDeleteAsync(storage.Jobs, StorageNames.Manifest(job), e.ETag, cancellationToken);
            return await manifests.TryGetAsync(job, cancellationToken); // there is one if another plan was faster
        }
    }

    private async Task<JobManifest> ScanAsync(JobKey identity, SentenceEncoder encoder, CancellationToken cancellationToken)
    {
        var format = Permanently(() => SourceFormat.FromName(identity.Source));
        var (type, model) = (identity.Options.VectorType, encoder.Bundle.Model);
        var prompt = Permanently(() => JobPrompt.Of(identity.Options, encoder.Bundle.Prompts));
        var options = identity.Options.ToEncodeOptions(prompt);
        var dimension = Permanently(() => options.OutputDimension(model.Dimension));
        if (type?.Problem(dimension) is { } problem)
        {
            throw new PermanentJobException(problem);
        }

        if (identity.Options.ChunkOverlap is { } overlap)
        {
            Permanently(() => new TextSplitter(encoder.Tokenizer, overlap, prompt?.Text ?? ""));
        }

        var columns = Permanently(identity.Options.ToColumns);
        var job = identity.Job;
        var scan = await scanner.ScanAsync(
            job, identity.Source, identity.Version, format, columns, identity.Options.Encoding, cancellationToken);
        return new JobManifest
        {
            Job = job,
            Source = identity.Source,
            SourceETag = identity.Version,
            SourceLastModified = identity.LastModified,
            Format = format.Name,
            Staged = scan.Staged,
            Charset = scan.Layout.Charset,
            TranscodedFrom = scan.Layout.TranscodedFrom,
            LineEnd = scan.Layout.LineEnd,
            Kept = scan.Layout.Kept,
            Table = scan.Layout.Table,
            DuplicateIds = scan.Layout.DuplicateIds,
            Options = identity.Options,
            Prompt = prompt,
            VectorRange = type is VectorType.Int8 or VectorType.UInt8
                ? await VectorCalibration.FindAsync(encoder, type, options, cancellationToken)
                : null,
            Layout = StorageNames.Layout,
            Model = model,
            Previous = await previous.FindAsync(identity, model, prompt, cancellationToken),
            Texts = scan.Texts,
            Lines = scan.Lines,
            CreatedOn = time.GetUtcNow(),
            Shards = scan.Shards,
        };
    }

    /// <summary>Turns an invalid argument into a permanent failure, which the user has to correct.</summary>
    private static T Permanently<T>(Func<T> check)
    {
        try
        {
            return check();
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new PermanentJobException(e.Message, e);
        }
    }
}
