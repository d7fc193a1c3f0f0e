using System.Globalization;
using SimCse.Functions.Http;
using SimCse.Jobs.Clients;

namespace SimCse.Functions.Jobs;

/// <summary>The query of <c>GET /api/jobs</c>.</summary>
/// <param name="Query">Which jobs.</param>
/// <param name="Limit">The most jobs of an answer.</param>
/// <param name="ContinuationToken">That of the answer before; <see langword="null"/> begins.</param>
internal sealed record JobsQuery(JobQuery Query, int Limit, string? ContinuationToken)
{
    private const int MaxLimit = 1000;

    /// <exception cref="HttpErrorException">422: there is no such state, or the limit is out of range.</exception>
    public static JobsQuery Read(IQueryCollection query)
    {
        var (state, limit) = (Value("state"), Value("limit"));
        if (state is not null && !JobQuery.States.Contains(state))
        {
            throw HttpErrorException.Unacceptable(
                $"\"state\" is \"{RequestJson.Shorten(state)}\"; expected {string.Join(", ", JobQuery.States)}.");
        }

        var size = JobClient.DefaultMaxListed;
        return limit is null
            || (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= MaxLimit)
            ? new(new JobQuery(state, Value("source")), size, Value("continuationToken"))
            : throw HttpErrorException.Unacceptable($"\"limit\" is \"{RequestJson.Shorten(limit)}\"; expected 1 to {MaxLimit}.");

        string? Value(string name) => query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;
    }

    /// <exception cref="HttpErrorException">422: the token is none.</exception>
    public async Task<JobPage> RunAsync(JobClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ListPageAsync(Query, Limit, ContinuationToken, cancellationToken);
        }
        catch (FormatException e)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }
    }
}
