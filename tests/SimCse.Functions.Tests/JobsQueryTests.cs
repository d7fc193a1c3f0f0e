using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using SimCse.Functions.Jobs;
using SimCse.Jobs.Clients;

namespace SimCse.Functions.Tests;

/// <summary>The parts of the list of jobs, and what chooses among them.</summary>
public sealed class JobsQueryTests(AppFixture app)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly List<JobStatus> Jobs =
    [
        .. Enumerable.Range(0, 25).Select(i => new JobStatus
        {
            Job = $"job{i:00}",
            Source = i % 2 == 0 ? $"偶数/{i}.txt" : $"odd/{i}.txt",
            State = i % 5 == 0 ? JobStatus.Failed : JobStatus.Succeeded,
            CreatedOn = Start.AddSeconds(i / 2), // two at a time
        }),
    ];

    [Theory]
    [InlineData("limit=1", 25)]
    [InlineData("limit=7", 25)]
    [InlineData("limit=25", 25)]
    [InlineData("", 25)]
    [InlineData("state=failed&limit=2", 5)]
    [InlineData("source=%E5%81%B6%E6%95%B0/&limit=4", 13)]
    [InlineData("state=failed&source=odd&limit=1", 2)]
    [InlineData("source=nothing", 0)]
    public void The_parts_together_are_all_jobs_that_were_asked_for_newest_first(string query, int count)
    {
        var found = new List<JobStatus>();
        string? token = null;
        do
        {
            (var part, token) = Read($"{query}&continuationToken={token}").Page(Jobs);
            Assert.True(part.Count > 0 || count == 0);
            found.AddRange(part);
        }
        while (token is not null);

        Assert.Equal(count, found.Count);
        Assert.Equal(found.OrderByDescending(job => job.CreatedOn).ThenBy(job => job.Job, StringComparer.Ordinal), found);
        Assert.Equal(count, found.Distinct().Count());
    }

    [Fact]
    public void A_job_that_comes_or_goes_meanwhile_repeats_and_hides_no_other()
    {
        var (first, token) = Read("limit=10").Page(Jobs);
        var later = Jobs.Where(job => job != first[^1]).Append(Jobs[0] with { Job = "new", CreatedOn = Start.AddDays(1) });

        var (second, _) = Read($"limit=100&continuationToken={token}").Page(later);

        Assert.Equal(Jobs.Except(first).Select(job => job.Job).Order(), second.Select(job => job.Job).Order());
    }

    [Theory]
    [InlineData("state=done", "\"state\" is \"done\"; expected running, succeeded,")]
    [InlineData("limit=0", "\"limit\" is \"0\"; expected 1 to 1000")]
    [InlineData("limit=1001", "\"limit\" is \"1001\"")]
    [InlineData("limit=-1", "\"limit\" is \"-1\"")]
    [InlineData("limit=ten", "\"limit\" is \"ten\"")]
    [InlineData("continuationToken=x", "\"continuationToken\" is \"x\"; expected the one that the answer before came with")]
    [InlineData("continuationToken=5-", "\"continuationToken\" is \"5-\"")]
    [InlineData("continuationToken=99999999999999999999-job", "\"continuationToken\" is")]
    public async Task What_cannot_be_asked_is_refused_with_what_can(string query, string error)
    {
        var (status, body) = await app.Client.GetReplyAsync($"/api/jobs?{query}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(error, body.Error(), StringComparison.Ordinal);
    }

    private static JobsQuery Read(string query) => JobsQuery.Read(new QueryCollection(QueryHelpers.ParseQuery(query)));
}
