using System.Globalization;
using SimCse.Functions.Http;
using SimCse.Jobs.Clients;

namespace SimCse.Functions.Jobs;

/// <summary>The query of <c>GET /api/jobs</c>: which jobs, how many, and after which one.</summary>
/// <param name="State">One of the states of <see cref="JobStatus"/>; <see langword="null"/> for all.</param>
/// <param name="Source">The beginning of the sources' names; <see langword="null"/> for all.</param>
/// <param name="Limit">The most jobs of an answer.</param>
/// <param name="After">The last job of the answer before, which its token names; <see langword="null"/> begins.</param>
internal sealed record JobsQuery(string? State, string? Source, int Limit, (long Ticks, string Job)? After)
{
    private const int MaxLimit = 1000;

    private static readonly string[] States =
        [JobStatus.Running, JobStatus.Succeeded, JobStatus.Failed, JobStatus.Cancelled, JobStatus.Unreadable];

    /// <exception cref="HttpErrorException">422: there is no such state, the limit is out of range, or the token is none.</exception>
    public static JobsQuery Read(IQueryCollection query)
    {
        var (state, limit) = (Value("state"), Value("limit"));
        if (state is not null && !States.Contains(state))
        {
            throw HttpErrorException.Unacceptable($"\"state\" is \"{RequestJson.Shorten(state)}\"; expected {string.Join(", ", States)}.");
        }

        var size = JobClient.DefaultMaxListed;
        return limit is null
            || (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= MaxLimit)
            ? new(state, Value("source"), size, Value("continuationToken") is { } token ? Place(token) : null)
            : throw HttpErrorException.Unacceptable($"\"limit\" is \"{RequestJson.Shorten(limit)}\"; expected 1 to {MaxLimit}.");

        string? Value(string name) => query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;
    }

    /// <summary>Chooses the answer's part of all jobs.</summary>
    /// <param name="jobs">All jobs, in any order.</param>
    public (IReadOnlyList<JobStatus> Jobs, string? ContinuationToken) Page(IEnumerable<JobStatus> jobs)
    {
        JobStatus[] found =
        [
            .. jobs.Where(job => (State is null || job.State == State)
                    && (Source is null || job.Source.StartsWith(Source, StringComparison.Ordinal))
                    && (After is not { } after || Compare(Place(job), after) > 0))
                .OrderBy(Place, Comparer<(long Ticks, string Job)>.Create(Compare)).Take(Limit + 1),
        ];
        return found.Length <= Limit ? (found, null) : (found[..Limit], Token(Place(found[Limit - 1])));
    }

    /// <summary>A token names the last job of an answer, so that jobs which come or go meanwhile neither repeat nor hide others.</summary>
    private static string Token((long Ticks, string Job) last) => string.Create(CultureInfo.InvariantCulture, $"{last.Ticks}-{last.Job}");

    private static (long Ticks, string Job) Place(JobStatus job) => (job.CreatedOn?.UtcTicks ?? 0, job.Job);

    private static (long Ticks, string Job) Place(string token) =>
        token.Split('-', 2) is [var ticks, { Length: > 0 } job]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var createdOn)
            ? (createdOn, job)
            : throw HttpErrorException.Unacceptable(
                $"\"continuationToken\" is \"{RequestJson.Shorten(token)}\"; expected the one that the answer before came with.");

    /// <summary>The newest first.</summary>
    private static int Compare((long Ticks, string Job) one, (long Ticks, string Job) other) =>
        other.Ticks.CompareTo(one.Ticks) is not 0 and var order ? order : string.CompareOrdinal(one.Job, other.Job);
}
