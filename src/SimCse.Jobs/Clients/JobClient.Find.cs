using SimCse.Jobs.State;

namespace SimCse.Jobs.Clients;

/// <summary>The job that a user's word stands for.</summary>
/// <param name="Job">The job's id; <see langword="null"/> when the word stands for no job, or for several.</param>
/// <param name="Problem">Why there is no one job.</param>
/// <param name="IsPlanning">Whether the word is a submission that has not been planned yet, as far as anybody knows.</param>
public sealed record JobReference(string? Job, string? Problem = null, bool IsPlanning = false);

public sealed partial class JobClient
{
    private const int MaxNamed = 5;
    private const int SubmissionLength = 32;

    /// <summary>Finds the job that an id, the beginning of an id, or the id of a submission stands for.</summary>
    public async Task<JobReference> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        var wanted = id.Trim().ToLowerInvariant();
        if (JobId.IsValid(wanted))
        {
            return new JobReference(wanted);
        }

        if (wanted.Length == SubmissionLength && Guid.TryParseExact(wanted, "N", out _))
        {
            return await TryGetSubmissionAsync(wanted, cancellationToken) switch
            {
                { Job: { } job } => new JobReference(job),
                { Error: var error } => new JobReference(null, $"The submission {wanted} became no job: {error}"),
                null => new JobReference(
                    null, $"The submission {wanted} is not planned yet; or there is none, or it is of another storage account.",
                    IsPlanning: true),
            };
        }

        var jobs = JobId.IsBeginning(wanted) ? await ListBeginningsAsync(wanted, cancellationToken) : [];
        return jobs switch
        {
            [] => new JobReference(null, $"There is no job '{id}' in this storage account."),
            [var job] => new JobReference(job),
            _ => new JobReference(
                null,
                $"'{id}' begins the ids of {(jobs.Count > MaxNamed ? "many jobs" : $"{jobs.Count} jobs")}: " +
                $"{string.Join(", ", jobs.Take(MaxNamed))}{(jobs.Count > MaxNamed ? ", …" : "")}. Give more of the one that you mean."),
        };
    }

    /// <summary>The ids that begin so, but not many of them.</summary>
    private async Task<List<string>> ListBeginningsAsync(string beginning, CancellationToken cancellationToken)
    {
        var jobs = new List<string>();
        await foreach (var item in storage.Jobs.GetBlobsByHierarchyAsync(new() { Prefix = beginning, Delimiter = "/" }, cancellationToken))
        {
            if (item.IsPrefix && item.Prefix.TrimEnd('/') is var job && JobId.IsValid(job)
                && await GetAsync(job, CountQueued(cancellationToken), inFull: false, cancellationToken) is not null)
            {
                jobs.Add(job);
                if (jobs.Count > MaxNamed)
                {
                    break;
                }
            }
        }

        return jobs;
    }
}
