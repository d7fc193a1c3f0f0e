using SimCse.LocalHost.Tests.Worker;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class FunctionTimeoutTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_that_ends_when_it_is_cancelled_fails_alone()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("functionTimeout", "00:10:00");
        var begin = DateTimeOffset.UtcNow;
        var time = new ArmedTimeProvider(begin);
        app.Options = app.Options with { TimeProvider = time };
        app.Answer("Work", new Answer { WaitFor = "never" }, new Answer());
        var host = await app.StartAsync();

        var slow = host.InvokeQueueAsync("Work", "{}", cancellationToken: Cancellation);
        await app.InvocationAsync("Work");
        await time.MoveToAsync(begin.AddMinutes(10));
        var error = await Assert.ThrowsAsync<InvocationFailedException>(() => slow);
        await host.InvokeQueueAsync("Work", "{}", cancellationToken: Cancellation);

        Assert.Equal("Timeout value of 00:10:00 was exceeded by function Functions.Work.", error.Message);
        await app.GaveUpAsync("never");
        Assert.Equal(1, app.Count("start"));
    }

    [Fact]
    public async Task One_that_does_not_is_killed_after_the_grace_with_everything_else_in_its_worker()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Slow", "Other");
        app.HostJson("functionTimeout", "00:10:00");
        var begin = DateTimeOffset.UtcNow;
        var time = new ArmedTimeProvider(begin);
        app.Options = app.Options with { TimeProvider = time, Timings = new() { CancellationGrace = TimeSpan.FromSeconds(2) } };
        var (slow, other) = (await app.QueueAsync("slow"), await app.QueueAsync("other"));
        app.Answer("Slow", new Answer { WaitFor = "never", IsDeaf = true }, new Answer());
        app.Answer("Other", new Answer { WaitFor = "never-too", IsDeaf = true }, new Answer());
        await slow.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        var killed = await app.InvocationAsync("Slow");
        time.SetUtcNow(begin.AddMinutes(1));
        await other.SendMessageAsync("{}", Cancellation);
        await app.InvocationAsync("Other");

        // 1. Slow's time is up: it is cancelled, and nothing else happens.
        await time.MoveToAsync(begin.AddMinutes(10));
        await app.GaveUpAsync("never");
        Assert.Equal(1, app.Count("start"));

        // 2. The grace is over: Other, in the same process, fails with it although its own time is not up.
        await time.MoveToAsync(begin.AddMinutes(10).AddSeconds(2));
        var (slowAgain, otherAgain) = (await app.InvocationAsync("Slow", 1), await app.InvocationAsync("Other", 1));

        Assert.NotEqual(killed.ProcessId, slowAgain.ProcessId);
        Assert.Equal(slowAgain.ProcessId, otherAgain.ProcessId);
        Assert.Equal(("2", "2"), (slowAgain.MetadataText("DequeueCount"), otherAgain.MetadataText("DequeueCount")));
        Assert.Single(app.Logs.Lines, line => line.Message.Contains("exceeded functionTimeout", StringComparison.Ordinal));
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task Time_outs_are_no_errors_of_the_worker()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("functionTimeout", "00:00:00.500").HostJson("extensions.queues.maxDequeueCount", "3");
        app.Options = app.Options with { Timings = new() { CancellationGrace = TimeSpan.FromMilliseconds(100) } };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "never", IsDeaf = true });
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        // Three time-outs with restarts: as many errors would have stopped the host.
        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        Assert.False(host.Completion.IsCompleted);
    }
}
