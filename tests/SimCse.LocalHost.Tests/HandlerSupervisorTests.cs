using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>What becomes of a handler that ends, by its exit code; messages in hand are tried again.</summary>
public sealed class HandlerSupervisorTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200)]
    [InlineData(1)]
    public async Task A_handler_that_ends_with_anything_but_0_is_restarted(int exitCode)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { Exit = exitCode }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        var (first, second) = (await app.RequestAsync("Work", 0), await app.RequestAsync("Work", 1));
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        Assert.Equal("2", second.Metadata("DequeueCount"));
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_handler_that_ends_with_0_is_left_alone_and_invocations_fail()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { Exit = 0 }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        // 1. The handler ends; every further try finds its connection refused, until the message is poison.
        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        // 2. Nobody has started another one, and the host goes on.
        await app.RequestAsync("Work");
        Assert.Equal(1, app.Count("Work"));
        Assert.Equal(1, app.Count("start"));
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task Exit_code_200_never_counts_as_an_error()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["maxDequeueCount"] = 10;
        var queue = await app.QueueFunctionAsync();
        var asksForRestart = new Answer { Exit = 200 };
        app.Answer("Work", asksForRestart, asksForRestart, asksForRestart, asksForRestart, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        await app.RequestAsync("Work", 4);
        await TestApp.EmptyAsync(queue);
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task The_third_error_stops_the_host_with_the_handlers_last_words()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.QueueFunctionAsync();
        app.Starts(new Behaviour { ExitAtOnce = 3, StandardError = ["the model is missing"] });

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("ended with exit code 3 before it listened", error.Message, StringComparison.Ordinal);
        Assert.Contains("the model is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, app.Count("start"));
    }

    [Fact]
    public async Task A_running_host_is_stopped_by_the_third_error_too()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { Exit = 7 });
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        var error = await Assert.ThrowsAsync<LocalHostException>(() => host.Completion.WaitAsync(Eventually.DefaultTimeout, Cancellation));
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, app.Count("Work"));
    }

    [Fact]
    public async Task A_handler_that_does_not_listen_in_time_is_an_error()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.QueueFunctionAsync();
        app.HostJson["customHandler"]!["initializationTimeout"] = "00:00:01";
        app.Starts(new Behaviour { NeverListens = true });

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("did not listen on port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invocations_wait_for_a_handler_that_starts_again()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Starts(new Behaviour { ExitAtOnce = 1 }, new Behaviour());
        var queue = await app.QueueFunctionAsync();
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        Assert.Equal("1", (await app.RequestAsync("Work")).Metadata("DequeueCount"));
    }

    [Fact]
    public async Task A_handler_killed_in_the_middle_costs_one_try_of_the_message()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "never" }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        await app.StartAsync();

        var first = await app.RequestAsync("Work");
        Process.GetProcessById(first.ProcessId).Kill();

        var second = await app.RequestAsync("Work", 1);
        Assert.Equal("2", second.Metadata("DequeueCount"));
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public void Errors_count_within_half_an_hour()
    {
        var time = new FakeTimeProvider();
        var errors = new HandlerErrors(TimeSpan.FromMinutes(30), time);

        Assert.False(errors.AddAndTellWhetherToStop());
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.False(errors.AddAndTellWhetherToStop());
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(errors.AddAndTellWhetherToStop());
        Assert.True(errors.AddAndTellWhetherToStop());
    }
}
