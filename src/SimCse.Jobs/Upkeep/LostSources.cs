using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Plans the sources whose event was lost. A run lists all sources, but looks up only those that no earlier run has settled. Thread-safe.
/// </summary>
internal sealed class LostSources(
    JobStorage storage, JobResolver resolver, ShardsSentBlob sent, DefaultOptions defaults, OldSources old, SourceFilter filter,
    ReconcileLimits limits, TimeProvider time, ILogger<LostSources> logger)
{
    /// <summary>An event takes seconds, so the event of a younger source may still come, and a second plan would be wasted.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private const int Parallelism = 16;

    /// <returns>The state for the next run, and the number of sources that were sent to be planned.</returns>
    public async Task<(ReconcileState State, int Planned)> RunAsync(
        ReconcileState state, string fingerprint, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        var identity = JobId.Compute("", "", fingerprint, defaults.Identity);
        if (old.Plan && state.Identity != identity)
        {
            state = state with { SettledUpTo = default, SourcesAfter = null, Identity = identity };
        }
        else if (!old.Plan)
        {
            state = state with { Identity = null };
        }

        // What was no source before may be one now.
        var names = $"{filter.Include}\n{filter.Exclude}";
        if (state.Filter is not null && state.Filter != names)
        {
            state = state with { SettledUpTo = default, SourcesAfter = null };
        }

        state = state with { Filter = names };

        // Until the planner has emptied its queue, what has no job may be on its way.
        if (await JobStorage.CountAsync(storage.PlanQueue, cancellationToken) > 0)
        {
            return (state, 0);
        }

        var (planned, looked, pages) = (0, 0, 0);
        var listing = storage.Texts.GetBlobsAsync(new() { Traits = BlobTraits.Metadata }, cancellationToken);
        await foreach (var page in listing.AsPages(state.SourcesAfter, limits.SourcesPerPage))
        {
            if (state.SourcesAfter is null || state.StartedOn is null)
            {
                state = state with
                {
                    StartedOn = page.GetRawResponse().Headers.Date ?? time.GetUtcNow(),
                    Unsettled = null,
                    Ignoring = null,
                };
            }

            var sources = page.Values.ToLookup(source => filter.Admits(source.Name));
            state = state with
            {
                Ignoring = sources[false].Aggregate(state.Ignoring ?? IgnoredSources.None, (known, source) => known.Add(source.Name)),
            };
            var unsure = sources[true].Where(source => source.Properties.LastModified > state.SettledUpTo).ToList();
            var unsettled = await PlanMissingAsync(unsure, fingerprint, open, cancellationToken);
            planned += unsettled.Count(source => source.IsPlanned);
            looked += unsure.Count;
            state = Next(state, limits.Skew, unsettled, string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            if (++pages == limits.SourcePages || looked > limits.Sources)
            {
                break;
            }
        }

        return (state, planned);
    }

    private static ReconcileState Next(
        ReconcileState state, TimeSpan skew, IReadOnlyCollection<(DateTimeOffset LastModified, bool IsPlanned)> unsettled, string? after)
    {
        var oldest = unsettled.Select(source => (DateTimeOffset?)source.LastModified).Append(state.Unsettled).Min();
        if (after is not null)
        {
            return state with { SourcesAfter = after, Unsettled = oldest };
        }

        // Storage tells times in seconds: what was written in the same second is looked up again.
        var settled = (state.StartedOn!.Value - skew is var started && oldest < started ? oldest.Value : started) - TimeSpan.FromSeconds(1);
        return state with
        {
            SourcesAfter = null,
            Unsettled = null,
            Ignored = state.Ignoring,
            Ignoring = null,
            SettledUpTo = settled > state.SettledUpTo ? settled : state.SettledUpTo,
        };
    }

    /// <returns>The sources that wait for their job, and whether this run has sent them to be planned.</returns>
    private async Task<IReadOnlyCollection<(DateTimeOffset LastModified, bool IsPlanned)>> PlanMissingAsync(
        IReadOnlyList<BlobItem> sources, string fingerprint, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        var unsettled = new ConcurrentBag<(DateTimeOffset, bool)>();
        await Parallel.ForEachAsync(
            sources,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (source, token) =>
            {
                var modified = source.Properties.LastModified.GetValueOrDefault();
                try
                {
                    if (source.Properties.ContentLength == 0)
                    {
                        return; // an upload that has begun, which is another version when it ends; what is really empty is no lost work
                    }

                    if (time.GetUtcNow() - modified <= Fresh)
                    {
                        unsettled.Add((modified, false));
                    }
                    else if (!await IsSettledAsync(resolver.Identify(source, fingerprint), open, token))
                    {
                        var message = new PlanJobMessage { Source = source.Name };
                        await JobStorage.SendAsync(storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, token);
                        unsettled.Add((modified, true));
                    }
                }
                catch (RequestFailedException e) when (JobStorage.IsBadName(e))
                {
                    Log.SourceSkipped(logger, source.Name, e.ErrorCode ?? e.Message);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    unsettled.Add((modified, false));
                    Log.SourceSkipped(logger, source.Name, JobStorage.Describe(e));
                }
            });
        return unsettled;
    }

    private async Task<bool> IsSettledAsync(JobKey identity, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        var job = identity.Job;
        if (open.Contains(job))
        {
            return true;
        }

        if (await ExistsAsync(StorageNames.Manifest(job)))
        {
            // A planner that was killed after the manifest has let in nothing.
            return await storage.Embeddings.GetBlobClient(StorageNames.Success(identity.Source, job)).ExistsAsync(cancellationToken)
                || await sent.TryOpenAsync(job, cancellationToken);
        }

        return await ExistsAsync(StorageNames.Failed(job)) || await ExistsAsync(StorageNames.Unpacked(job))
            || await ExistsAsync(StorageNames.Deleted(job))
            || (!old.Plan && await HasOtherJobAsync(identity, cancellationToken));

        async Task<bool> ExistsAsync(string name) => await storage.Jobs.GetBlobClient(name).ExistsAsync(cancellationToken);
    }

    /// <summary>Whether a job of this version with another model or other options is complete.</summary>
    private async Task<bool> HasOtherJobAsync(JobKey identity, CancellationToken cancellationToken)
    {
        var latest = await LatestBlob.TryReadAsync(storage, identity.Source, cancellationToken);
        return latest?.SourceETag == identity.Version;
    }
}
