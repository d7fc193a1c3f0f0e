using Microsoft.AspNetCore.Http;
using SimCse.Models.Pull;

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

    [Theory]
    [InlineData(false, new[] { 1, 2, 4, 8, 16, 32, 32, 32 })]
    [InlineData(true, new[] { 5, 10, 20, 40, 80, 160, 160, 160 })]
    public async Task Waits_no_longer_than_the_longest_wait_however_often_it_tries(bool answers, int[] seconds)
    {
        await FetchAllButWeightsAsync();
        foreach (var _ in seconds)
        {
            _hub.Faults.Enqueue((context, _) =>
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                if (!answers)
                {
                    context.Abort();
                }

                return Task.CompletedTask;
            });
        }

        await PullAsync(new ModelPuller(_http, Options() with { MaxAttempts = seconds.Length + 1 }));

        Assert.Equal(seconds, _waits.Select(wait => (int)wait.TotalSeconds));
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

        Assert.Contains(
            "gave nothing in 3 tries", (await Assert.ThrowsAsync<HttpRequestException>(PullAsync)).Message, StringComparison.Ordinal);
    }
}
