using System.Collections.Concurrent;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Finds work that was lost with an event or a message: sources without a job, complete jobs without <c>_SUCCESS</c>, and shards without a
/// message. Safe to run twice at once, because everything that it sends may be sent again. Thread-safe.
/// </summary>
internal sealed class Reconcile(
    JobStorage storage, WarmEncoder encoder, JobResolver resolver, ManifestCache manifests, ProgressLog progress, JobCommit commit,
    ShardQueue shards, StagedTexts stagedTexts, TimeProvider time, ILogger<Reconcile> logger)
{
    /// <summary>
    /// A shard takes minutes at most, and its message's lease lasts ten. A job that wrote nothing for this long, while the queue is empty,
    /// has lost messages.
    /// </summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMinutes(20);

    /// <summary>An event takes seconds, so the event of a younger source may still come, and a second plan would be wasted.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    /// <summary>Complete jobs stay complete, so a process checks each only once.</summary>
    private readonly ConcurrentDictionary<string, bool> _complete = new();

    /// <summary>Runs once, called by the timer; also creates the containers and queues of a new account.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await storage.EnsureCreatedAsync(cancellationToken);
        var bundle = (await encoder.GetAsync(cancellationToken)).Bundle;
        var known = await JobListing.ReadAsync(storage, cancellationToken);
        var sources = await PlanMissingAsync(bundle, known, cancellationToken);
        var (completed, resent) = (0, 0);
        foreach (var (job, facts) in known)
        {
            await stagedTexts.DropUnneededAsync(job, facts, cancellationToken);
            if (facts is { IsPlanned: true, IsCancelled: false } && !_complete.ContainsKey(job)
                && await manifests.TryGetAsync(job, cancellationToken) is { } manifest)
            {
                completed += await TryCompleteAsync(manifest, facts, cancellationToken) ? 1 : 0;
                resent += await SendLostAsync(manifest, facts, cancellationToken);
            }
        }

        Log.Reconciled(logger, sources, completed, resent);
    }

    private async Task<int> PlanMissingAsync(Bundle bundle, Dictionary<string, JobFacts> known, CancellationToken cancellationToken)
    {
        var planned = 0;
        await foreach (var source in storage.Texts.GetBlobsAsync(new() { Traits = BlobTraits.Metadata }, cancellationToken))
        {
            var identity = resolver.Identify(source, bundle.Model.Fingerprint);
            if (source.Properties.ContentLength > 0 // an upload that has begun; what is really empty is no lost work
                && known.GetValueOrDefault(identity.Job) is not ({ IsPlanned: true } or { HasFailed: true })
                && time.GetUtcNow() - identity.LastModified > Fresh)
            {
                var message = new PlanJobMessage { Source = source.Name };
                await JobStorage.SendAsync(storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, cancellationToken);
                planned++;
            }
        }

        return planned;
    }

    /// <returns>Whether this call completed the job.</returns>
    private async Task<bool> TryCompleteAsync(JobManifest manifest, JobFacts facts, CancellationToken cancellationToken)
    {
        if (await storage.Embeddings.GetBlobClient(StorageNames.Success(manifest.Source, manifest.Job)).ExistsAsync(cancellationToken))
        {
            _complete[manifest.Job] = true;
            if (facts.HasStagedText)
            {
                await storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.StagedText(manifest.Job), cancellationToken: cancellationToken);
            }

            return false;
        }

        var records = await progress.CountAsync(manifest.Job, cancellationToken);
        return await commit.TryCompleteAsync(manifest, records, cancellationToken) && _complete.TryAdd(manifest.Job, true);
    }

    /// <summary>Sends nothing for a job with failed shards, which wait for a user's retry, or while the queue holds messages.</summary>
    private async Task<int> SendLostAsync(JobManifest manifest, JobFacts facts, CancellationToken cancellationToken)
    {
        if (_complete.ContainsKey(manifest.Job) || facts.FailedShards > 0 || time.GetUtcNow() - facts.LastSign < Quiet)
        {
            return 0;
        }

        return await JobStorage.CountAsync(storage.ShardsQueue, cancellationToken) == 0 ? await shards.SendMissingAsync(manifest, cancellationToken) : 0;
    }
}
