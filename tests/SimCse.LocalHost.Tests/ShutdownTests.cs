using System.Diagnostics;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Drain, then kill.</summary>
public sealed class ShutdownTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_waits_for_the_message_in_hand_and_takes_no_other()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["batchSize"] = 1;
        app.HostJson["extensions"]!["queues"]!["newBatchThreshold"] = 0;
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "go" });
        await queue.SendMessageAsync("first", Cancellation);
        await queue.SendMessageAsync("second", Cancellation);
        var host = await app.StartAsync();
        await app.RequestAsync("Work");

        var stopped = host.StopAsync();
        app.Signal("go");
        await stopped;

        Assert.Equal(1, app.Count("Work"));
        Assert.Equal("second", Assert.Single((await queue.PeekMessagesAsync(10, Cancellation)).Value).MessageText);
        Assert.Equal(1, (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
        Assert.True(host.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_takes_longer_than_the_drain_is_killed_and_its_message_is_there_for_the_next_host()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Options = app.Options with { Timings = new() { DrainTimeout = TimeSpan.FromMilliseconds(200) } };
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "never" }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        var killed = await app.RequestAsync("Work");

        await host.DisposeAsync();

        Assert.False(IsRunning(killed.ProcessId));
        await app.StartAsync();
        await app.RequestAsync("Work", 1);
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task Handlers_are_gone_once_the_host_is_disposed()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Options = app.Options with { Instances = 2 };
        await app.QueueFunctionAsync();
        var host = await app.StartAsync();
        var processes = host.Handlers.Select(handler => handler.ProcessId).ToList();
        Assert.All(processes, id => Assert.True(IsRunning(id)));

        await host.DisposeAsync();
        await host.DisposeAsync();

        Assert.All(processes, id => Assert.False(IsRunning(id)));
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
