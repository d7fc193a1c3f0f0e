using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using SimCse.LocalHost.Tests.Worker;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>What becomes of a worker that ends, by its exit code; messages in hand are tried again.</summary>
public sealed class WorkerSupervisorTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_ends_with_an_error_is_restarted()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { Exit = 1 }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        var (first, second) = (await app.InvocationAsync("Work", 0), await app.InvocationAsync("Work", 1));
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        Assert.Equal("2", second.MetadataText("DequeueCount"));
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_worker_that_ends_with_0_is_left_alone_and_invocations_fail()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { Exit = 0 }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        // 1. The worker ends; every further try is refused, until the message is poison.
        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        // 2. Nobody has started another one, and the host goes on.
        Assert.Equal((1, 1), (app.Count("Work"), app.Count("start")));
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task Exit_code_200_never_counts_as_an_error()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        var asksForRestart = new Answer { Exit = 200 };
        app.Answer("Work", asksForRestart, asksForRestart, asksForRestart, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        await app.InvocationAsync("Work", 3);
        await TestApp.EmptyAsync(queue);
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task The_third_error_stops_the_host_with_the_workers_last_words()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Starts(new Behaviour { ExitAtOnce = 3, StandardError = ["the model is missing"] });

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("ended with exit code 3 before it had loaded its functions", error.Message, StringComparison.Ordinal);
        Assert.Contains("the model is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, app.Count("start"));
    }

    [Fact]
    public async Task A_worker_that_ends_with_0_before_it_has_loaded_its_functions_is_an_error_too()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Starts(new Behaviour { ExitAtOnce = 0 }, new Behaviour());

        await app.StartAsync();

        Assert.Equal(2, app.Count("start"));
    }

    [Fact]
    public async Task A_running_host_is_stopped_by_the_third_error_too()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { Exit = 7 });
        await queue.SendMessageAsync("{}", Cancellation);

        var host = await app.StartAsync();

        var error = await Assert.ThrowsAsync<LocalHostException>(() => host.Completion.WaitAsync(Eventually.DefaultTimeout, Cancellation));
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, app.Count("Work"));
    }

    [Fact]
    public async Task A_worker_that_does_not_connect_in_time_is_an_error()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Options = app.Options with { Timings = new() { WorkerStartTimeout = TimeSpan.FromSeconds(1) } };
        app.Starts(new Behaviour { NeverConnects = true });

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("had not loaded its functions within 00:00:01", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invocations_wait_for_a_worker_that_starts_again()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var host = await app.StartAsync();
        var first = host.Workers[0];
        using (var process = Process.GetProcessById(first.ProcessId))
        {
            process.Kill();
        }

        await Eventually.TrueAsync("a new process", () => Task.FromResult(host.Workers[0] != first), Cancellation);
        await host.InvokeQueueAsync("Work", "{}", cancellationToken: Cancellation);

        Assert.Equal(host.Workers[0].ProcessId, (await app.InvocationAsync("Work")).ProcessId);
        Assert.Equal(2, app.Count("start"));
    }

    [Fact]
    public async Task A_worker_killed_in_the_middle_costs_one_try_of_the_message()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "never" }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        await app.StartAsync();

        var first = await app.InvocationAsync("Work");
        Process.GetProcessById(first.ProcessId).Kill();

        var second = await app.InvocationAsync("Work", 1);
        Assert.Equal("2", second.MetadataText("DequeueCount"));
        await TestApp.EmptyAsync(queue);
        await app.LoggedAsync("): The worker ended while the function ran.");
    }

    [Fact]
    public void Errors_count_within_half_an_hour()
    {
        var time = new FakeTimeProvider();
        var errors = new WorkerErrors(TimeSpan.FromMinutes(30), time);

        Assert.False(errors.AddAndTellWhetherToStop());
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.False(errors.AddAndTellWhetherToStop());
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(errors.AddAndTellWhetherToStop());
        Assert.True(errors.AddAndTellWhetherToStop());
    }
}
