using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class FunctionTimeoutTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_time_out_kills_the_handler_and_fails_everything_it_was_doing()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["functionTimeout"] = "00:00:20"; // both functions must be running before the first one's time is up
        var slow = await app.QueueFunctionAsync("Slow", "slow");
        var other = await app.QueueFunctionAsync("Other", "other");
        app.Answer("Slow", new Answer { WaitFor = "never" }, new Answer());
        app.Answer("Other", new Answer { WaitFor = "never" }, new Answer());
        await slow.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        var killed = await app.RequestAsync("Slow");
        await other.SendMessageAsync("{}", Cancellation);
        await app.RequestAsync("Other");

        // Slow runs into its limit first; Other, in the same process, fails with it although its own time is not up.
        var (slowAgain, otherAgain) = (await app.RequestAsync("Slow", 1), await app.RequestAsync("Other", 1));

        Assert.NotEqual(killed.ProcessId, slowAgain.ProcessId);
        Assert.Equal(slowAgain.ProcessId, otherAgain.ProcessId);
        Assert.Equal(("2", "2"), (slowAgain.Metadata("DequeueCount"), otherAgain.Metadata("DequeueCount")));
        Assert.Single(app.Logs.Lines, line => line.Message.Contains("exceeded functionTimeout", StringComparison.Ordinal));
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task Time_outs_are_no_errors_of_the_handler()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["functionTimeout"] = "00:00:01";
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "never" });
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        // Five time-outs, four of them with a restart behind them, and the host goes on.
        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        Assert.False(host.Completion.IsCompleted);
    }
}
