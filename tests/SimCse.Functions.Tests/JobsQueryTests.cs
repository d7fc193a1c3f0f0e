using System.Net;

namespace SimCse.Functions.Tests;

/// <summary>The query of the list of jobs; JobListTests have the list itself.</summary>
public sealed class JobsQueryTests(AppFixture app)
{
    [Theory]
    [InlineData("state=done", "\"state\" is \"done\"; expected running, succeeded,")]
    [InlineData("limit=0", "\"limit\" is \"0\"; expected 1 to 1000")]
    [InlineData("limit=1001", "\"limit\" is \"1001\"")]
    [InlineData("limit=-1", "\"limit\" is \"-1\"")]
    [InlineData("limit=ten", "\"limit\" is \"ten\"")]
    [InlineData("continuationToken=x", "The continuation token 'x' is none; expected the one that the part before came with")]
    [InlineData("continuationToken=5-", "The continuation token '5-' is none")]
    [InlineData("continuationToken=99999999999999999999-job", "The continuation token '9999")]
    public async Task What_cannot_be_asked_is_refused_with_what_can(string query, string error)
    {
        var (status, body) = await app.Client.GetReplyAsync($"/api/jobs?{query}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(error, body.Error(), StringComparison.Ordinal);
    }
}
