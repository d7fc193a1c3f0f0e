using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using SimCse.Jobs.State;

namespace SimCse.Jobs.Clients;

/// <summary>Which jobs to list.</summary>
/// <param name="State">One of the states of <see cref="JobStatus"/>; <see langword="null"/> for all.</param>
/// <param name="SourcePrefix">What the names of their sources begin with; <see langword="null"/> for all.</param>
public sealed record JobQuery(string? State = null, string? SourcePrefix = null)
{
    /// <summary>The states that there are.</summary>
    public static IReadOnlyList<string> States { get; } =
        [JobStatus.Running, JobStatus.Succeeded, JobStatus.Failed, JobStatus.Cancelled, JobStatus.Unreadable];

    /// <summary>What the names of a job's blobs rule out already, so that none of them has to be read.</summary>
    internal bool Admits(JobFacts facts) => State switch
    {
        JobStatus.Cancelled => facts.IsCancelled || !facts.IsPlanned,
        JobStatus.Running => facts is { IsPlanned: true, IsCancelled: false },
        _ => true,
    };

    internal bool Admits(JobStatus status) => (State is null || status.State == State)
        && (SourcePrefix is null || status.Source.StartsWith(SourcePrefix, StringComparison.Ordinal));
}

/// <summary>A part of a list of jobs.</summary>
/// <param name="Jobs">The jobs, the newest first.</param>
/// <param name="ContinuationToken">Where the next part begins; <see langword="null"/> when there is none.</param>
public sealed record JobPage(IReadOnlyList<JobStatus> Jobs, string? ContinuationToken);

/// <summary>
/// The jobs of an account, the newest first. Their blobs have been listed, and are read while the list is. Thread-safe.
/// </summary>
public sealed class JobList
{
    private const int Parallelism = 16;

    private readonly List<(string Job, DateTimeOffset CreatedOn)> _jobs;
    private readonly JobQuery _query;
    private readonly Func<string, CancellationToken, Task<JobStatus?>> _read;

    internal JobList(
        Dictionary<string, JobFacts> facts, JobQuery query, Func<string, CancellationToken, Task<JobStatus?>> read)
    {
        (_query, _read) = (query, read);
        var known = facts.Where(job => job.Value.IsPlanned || job.Value.HasFailed).ToList();
        Total = known.Count;
        _jobs = [.. known.Where(job => query.Admits(job.Value)).Select(job => (job.Key, job.Value.CreatedOn))];
        _jobs.Sort(Compare);
    }

    /// <summary>The number of jobs in the account, whatever was asked for.</summary>
    public int Total { get; }

    /// <summary>Reads the jobs that were asked for, a few at once.</summary>
    public async IAsyncEnumerable<JobStatus> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var (status, _) in ReadAsync(after: null, cancellationToken))
        {
            yield return status;
        }
    }

    internal async Task<JobPage> ReadPageAsync(int size, string? continuationToken, CancellationToken cancellationToken)
    {
        var (page, last) = (new List<JobStatus>(), default((string, DateTimeOffset)));
        await foreach (var (status, job) in ReadAsync(continuationToken is null ? null : Parse(continuationToken), cancellationToken))
        {
            if (page.Count == size)
            {
                return new JobPage(page, Token(last));
            }

            page.Add(status);
            last = job;
        }

        return new JobPage(page, null);
    }

    private async IAsyncEnumerable<(JobStatus Status, (string Job, DateTimeOffset CreatedOn) Place)> ReadAsync(
        (string Job, DateTimeOffset CreatedOn)? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = new Queue<(Task<JobStatus?> Status, (string Job, DateTimeOffset CreatedOn) Place)>();
        try
        {
            foreach (var job in _jobs.Where(job => after is not { } place || Compare(job, place) > 0))
            {
                reading.Enqueue((_read(job.Job, ended.Token), job));
                if (reading.Count >= Parallelism && await TakeAsync() is { } found)
                {
                    yield return found;
                }
            }

            while (reading.Count > 0)
            {
                if (await TakeAsync() is { } found)
                {
                    yield return found;
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(reading.Select(job => job.Status)).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // nobody waits for the rest
        }

        async Task<(JobStatus, (string, DateTimeOffset))?> TakeAsync()
        {
            var (task, place) = reading.Dequeue();
            return await task is { } status && _query.Admits(status)
                ? (status with { CreatedOn = status.CreatedOn ?? place.CreatedOn }, place)
                : null;
        }
    }

    private static int Compare((string Job, DateTimeOffset CreatedOn) one, (string Job, DateTimeOffset CreatedOn) other) =>
        other.CreatedOn.CompareTo(one.CreatedOn) is not 0 and var order ? order : string.CompareOrdinal(one.Job, other.Job);

    /// <summary>A token names the last job of a page, so that jobs which come or go meanwhile neither repeat nor hide any other.</summary>
    private static string Token((string Job, DateTimeOffset CreatedOn) last) => Convert.ToHexStringLower(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.CreatedOn.UtcTicks} {last.Job}")));

    private static (string Job, DateTimeOffset CreatedOn) Parse(string token)
    {
        try
        {
            return Encoding.ASCII.GetString(Convert.FromHexString(token)).Split(' ') is [var ticks, var job] && JobId.IsValid(job)
                ? (job, new DateTimeOffset(long.Parse(ticks, NumberStyles.None, CultureInfo.InvariantCulture), TimeSpan.Zero))
                : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new FormatException(
                $"The continuation token '{NamedMembers.Shorten(token)}' is none; expected the one that the part before came with.", e);
        }
    }
}
