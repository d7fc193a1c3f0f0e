using System.Runtime.CompilerServices;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs.Clients;

/// <summary>A job that is kept no longer.</summary>
/// <param name="Status">The job.</param>
/// <param name="Reason">Why.</param>
/// <param name="Size">What it has in storage.</param>
public sealed record ExpiredJob(JobStatus Status, string Reason, JobSize Size);

public sealed partial class JobClient
{
    /// <summary>
    /// Deletes a job with its parts, errors and records, but not its source. If the source's record names it, it names the next older
    /// complete job afterwards, or goes as well. The job does not come back by itself; submitting its source begins it anew.
    /// </summary>
    /// <returns>
    /// The job's status before the call, and what it had in storage; <see langword="null"/> when no job has this id. A job with a
    /// <see cref="JobStatus.DeleteProblem"/> does not change.
    /// </returns>
    public async Task<(JobStatus Status, JobSize Size)?> DeleteAsync(string job, CancellationToken cancellationToken = default)
    {
        if (await GetAsync(job, cancellationToken) is not { } status)
        {
            return null;
        }

        var deleted = new DeletedJob(status.Source, status.SourceETag ?? "", "Deleted by a user.", _time.GetUtcNow());
        return (status, status.DeleteProblem is null ? await _removal.RemoveAsync(deleted, job, cancellationToken) : default);
    }

    /// <summary>What a job has in storage.</summary>
    public Task<JobSize> MeasureAsync(JobStatus status, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(status);
        return _removal.MeasureAsync(status.Source, status.Job, cancellationToken);
    }

    /// <summary>The jobs that are kept no longer, the newest first. None of them is deleted.</summary>
    public async IAsyncEnumerable<ExpiredJob> FindExpiredAsync(
        Retention retention, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(retention);
        var (facts, now) = (await JobListing.ReadAsync(storage, cancellationToken), _time.GetUtcNow());
        var queued = CountQueued(cancellationToken);
        var list = new JobList(facts, new JobQuery(), (job, token) => GetAsync(job, queued, inFull: false, token));
        await foreach (var status in list.ReadAsync(cancellationToken))
        {
            var reason = status.State switch
            {
                JobStatus.Failed or JobStatus.Cancelled => retention.WhyUnfinished(facts[status.Job].LastSign, now),
                JobStatus.Succeeded when retention.OldVersions is not null => await WhyOldAsync(status, retention, now, cancellationToken),
                _ => null,
            };
            if (reason is not null)
            {
                yield return new ExpiredJob(status, reason, await MeasureAsync(status, cancellationToken));
            }
        }
    }

    private async Task<string?> WhyOldAsync(
        JobStatus status, Retention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var latest = await LatestBlob.TryReadAsync(storage, status.Source, cancellationToken);
            return await _manifests.TryGetAsync(status.Job, cancellationToken) is { } manifest && status.CompletedOn is { } completed
                ? retention.WhyOld(manifest.SourceLastModified, completed, latest, now)
                : null;
        }
        catch (UnreadableRecordException)
        {
            return null; // what is not understood stays
        }
    }
}
