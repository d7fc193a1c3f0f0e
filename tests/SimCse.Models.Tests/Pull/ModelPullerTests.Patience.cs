using Microsoft.AspNetCore.Http;

namespace SimCse.Models.Tests.Pull;

/// <summary>Servers that ask to come again.</summary>
public sealed partial class ModelPullerTests
{
    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "2", 2)]
    [InlineData(503, "", 5)]
    [InlineData(429, "100000", 300)]
    public async Task Waits_as_long_as_the_server_asks(int status, string retryAfter, int seconds)
    {
        await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue((context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        });

        await PullAsync();

        Assert.Equal([TimeSpan.FromSeconds(seconds)], _waits);
    }

    [Fact]
    public async Task Waits_until_the_limit_of_the_hub_ends()
    {
        await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue((context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers["RateLimit"] = "\"resolvers\";r=0;t=55";
            return Task.CompletedTask;
        });

        await PullAsync();

        Assert.Equal([TimeSpan.FromSeconds(55)], _waits);
    }

    [Fact]
    public async Task Waits_longer_each_time_for_a_server_that_does_not_say_how_long()
    {
        await FetchAllButWeightsAsync();
        for (var i = 0; i < 2; i++)
        {
            _hub.Faults.Enqueue((context, _) =>
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.CompletedTask;
            });
        }

        await PullAsync();

        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)], _waits);
    }

    [Fact]
    public async Task Gives_up_when_a_server_only_ever_asks_for_patience()
    {
        await FetchAllButWeightsAsync();
        for (var i = 0; i < 3; i++)
        {
            _hub.Faults.Enqueue((context, _) =>
            {
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                return Task.CompletedTask;
            });
        }

        Assert.Contains("gave nothing in 3 tries", (await Assert.ThrowsAsync<HttpRequestException>(PullAsync)).Message, StringComparison.Ordinal);
    }
}
