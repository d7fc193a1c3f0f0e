using System.Diagnostics;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Drain, cancel, then kill.</summary>
public sealed class ShutdownTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_waits_for_the_message_in_hand_and_takes_no_other()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.batchSize", "1").HostJson("extensions.queues.newBatchThreshold", "0");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "go" });
        await queue.SendMessageAsync("first", Cancellation);
        await queue.SendMessageAsync("second", Cancellation);
        var host = await app.StartAsync();
        await app.InvocationAsync("Work");

        var stopped = host.StopAsync();
        app.Signal("go");
        await stopped;

        Assert.Equal(1, app.Count("Work"));
        Assert.Equal("second", Assert.Single((await queue.PeekMessagesAsync(10, Cancellation)).Value).MessageText);
        Assert.Equal(1, (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
        await app.LoggedAsync("Executed 'Functions.Work' (Succeeded");
        Assert.True(host.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_stop_waits_for_the_request_in_hand_and_takes_no_other()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Answer("Web", new Answer { WaitFor = "go" });
        var host = await app.StartAsync();
        using var http = new HttpClient();
        var request = http.GetStringAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);
        await app.InvocationAsync("Web");

        var stopped = host.StopAsync();
        using var other = new HttpClient();
        await Eventually.TrueAsync("the port is closed", async () =>
        {
            try
            {
                using var refused = await other.GetAsync(new Uri(host.BaseAddress, "api/nothing"), Cancellation);
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }, Cancellation);
        app.Signal("go");

        Assert.Equal("{}", await request);
        await stopped;
    }

    [Fact]
    public async Task What_takes_longer_than_the_drain_is_cancelled_and_its_message_stays_in_the_queue()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Options = app.Options with
        {
            Timings = new() { DrainTimeout = TimeSpan.FromMilliseconds(200), CancellationGrace = Eventually.DefaultTimeout },
        };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "never" }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        await app.InvocationAsync("Work");

        await host.DisposeAsync();

        await app.GaveUpAsync("never");
        Assert.Equal("{}", Assert.Single((await queue.PeekMessagesAsync(10, Cancellation)).Value).MessageText);
        await app.LoggedAsync("Executed 'Functions.Work' (Cancelled");
    }

    [Fact]
    public async Task A_request_that_takes_longer_than_the_drain_is_cut_off()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Options = app.Options with
        {
            Timings = new() { DrainTimeout = TimeSpan.FromMilliseconds(200), CancellationGrace = Eventually.DefaultTimeout },
        };
        app.Answer("Web", new Answer { WaitFor = "never" });
        var host = await app.StartAsync();
        using var http = new HttpClient();
        var request = http.GetStringAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);
        await app.InvocationAsync("Web");

        await host.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => request);
        await app.GaveUpAsync("never");
        await app.LoggedAsync("Executed 'Functions.Web' (Cancelled");
    }

    [Fact]
    public async Task What_does_not_listen_to_that_is_killed_and_its_message_is_there_for_the_next_host()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var brief = TimeSpan.FromMilliseconds(200);
        app.Options = app.Options with { Timings = new() { DrainTimeout = brief, CancellationGrace = brief, TerminationGrace = brief } };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "never", IsDeaf = true }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        var killed = await app.InvocationAsync("Work");

        await host.DisposeAsync();

        Assert.False(IsRunning(killed.ProcessId));
        app.Options = app.Options with { Timings = new() };
        await app.StartAsync();
        await app.InvocationAsync("Work", 1);
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_message_that_storage_hands_out_while_the_host_stops_is_visible_at_once()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var held = new HeldReceive();
        app.Options = app.Options with { ConfigureQueues = held.Configure };
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();

        // 1. Storage has handed out the message; 2. the host stops; 3. the answer arrives.
        await held.HandedOut.WaitAsync(Eventually.DefaultTimeout, Cancellation);
        await host.DisposeAsync();

        Assert.Equal("{}", Assert.Single((await queue.PeekMessagesAsync(10, Cancellation)).Value).MessageText);
        Assert.Equal(0, app.Count("Work"));
        Assert.True(host.Completion.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("visibilityTimeout", "01:00:00", "work")]
    [InlineData("maxDequeueCount", "1", "work")]
    [InlineData("batchSize", "1", "work-poison")]
    public async Task A_message_that_is_cut_off_is_visible_at_once_whatever_follows_a_failure(string setting, string value, string name)
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson($"extensions.queues.{setting}", value);
        app.Settings["WORK_QUEUE"] = name == "work" ? app.Queue(name).Name : app.PoisonQueue("work").Name;
        app.Options = app.Options with
        {
            Timings = new() { DrainTimeout = TimeSpan.FromMilliseconds(200), CancellationGrace = Eventually.DefaultTimeout },
        };
        var queue = name == "work" ? app.Queue(name) : app.PoisonQueue("work");
        await queue.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        app.Answer("Work", new Answer { WaitFor = "never" });
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();
        await app.InvocationAsync("Work");

        await host.DisposeAsync();

        await app.GaveUpAsync("never");
        Assert.Equal("{}", Assert.Single((await queue.PeekMessagesAsync(10, Cancellation)).Value).MessageText);
    }

    [Fact]
    public async Task Workers_are_told_to_end_and_gone_once_the_host_is_disposed()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Options = app.Options with { Instances = 2, Timings = new() { TerminationGrace = Eventually.DefaultTimeout } };
        var host = await app.StartAsync();
        var workers = host.Workers;
        Assert.All(workers, worker => Assert.True(IsRunning(worker.ProcessId)));

        await host.DisposeAsync();
        await host.DisposeAsync();

        Assert.All(workers, worker => Assert.False(IsRunning(worker.ProcessId)));
        Assert.All(await Task.WhenAll(workers.Select(worker => worker.Exited)), exitCode => Assert.Equal(0, exitCode));
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
