using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>From a queue to a function and what becomes of the message, on a real Azurite.</summary>
public sealed class QueueListenerTests(AzuriteFixture azurite)
{
    private static readonly Answer Failure = new() { Status = 500 };

    /// <summary>Short enough to see it end; long enough that a busy machine, which may stand still for seconds, renews it at its half.</summary>
    private static readonly TimeSpan RoomyLease = TimeSpan.FromSeconds(8);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_deleted_once_its_function_has_succeeded()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        await app.StartAsync();

        await queue.SendMessageAsync("{}", Cancellation);

        await app.RequestAsync("Work");
        await TestApp.EmptyAsync(queue);
        Assert.Equal(1, app.Count("Work"));
    }

    [Fact]
    public async Task A_queue_that_is_made_later_is_found()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        await queue.DeleteAsync(Cancellation);
        await app.StartAsync();

        var created = await app.QueueAsync("work");
        await created.SendMessageAsync("{}", Cancellation);

        await app.RequestAsync("Work");
    }

    [Fact]
    public async Task A_failed_message_is_tried_again_at_once_with_the_same_body()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", Failure, Failure, new Answer());
        await queue.SendMessageAsync("本文", Cancellation);

        await app.StartAsync();

        var last = await app.RequestAsync("Work", 2);
        Assert.Equal("3", last.Metadata("DequeueCount"));
        Assert.Equal("\"本文\"", last.Json["Data"]!["message"]!.GetValue<string>());
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task The_last_failure_copies_the_message_to_the_poison_queue()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["maxDequeueCount"] = 2;
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", Failure);
        await queue.SendMessageAsync("本文", Cancellation);

        await app.StartAsync();

        Assert.Equal("本文", await TestApp.TakeAsync(app.PoisonQueue("work")));
        await TestApp.EmptyAsync(queue);
        Assert.Equal(2, app.Count("Work"));
    }

    [Fact]
    public async Task A_message_delivered_too_often_goes_to_the_poison_queue_without_running()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["maxDequeueCount"] = 2;
        var queue = await app.QueueFunctionAsync();
        await queue.SendMessageAsync("{}", Cancellation);
        for (var count = 0; count < 2; count++)
        {
            // Two hosts have taken it and died.
            var taken = (await queue.ReceiveMessageAsync(cancellationToken: Cancellation)).Value;
            await queue.UpdateMessageAsync(taken.MessageId, taken.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Cancellation);
        }

        await app.StartAsync();

        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        Assert.Equal(0, app.Count("Work"));
    }

    [Fact]
    public async Task A_message_that_is_not_base64_where_base64_is_expected_goes_to_the_poison_queue_as_it_stands()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["messageEncoding"] = "base64";
        var queue = await app.QueueFunctionAsync();
        await queue.SendMessageAsync("{not base64}", Cancellation);

        await app.StartAsync();

        Assert.Equal("{not base64}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        await TestApp.EmptyAsync(queue);
        Assert.Equal(0, app.Count("Work"));
    }

    [Fact]
    public async Task A_poison_queue_is_listened_to_like_any_other_but_its_failures_stay_where_they_are()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["maxDequeueCount"] = 1;
        await app.QueueFunctionAsync();
        var poison = app.PoisonQueue("work");
        app.Function("Bury", new JsonObject { ["type"] = "queueTrigger", ["direction"] = "in", ["name"] = "message", ["queueName"] = poison.Name });
        app.Answer("Work", Failure);
        app.Answer("Bury", Failure);
        await app.Queue("work").SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        await app.RequestAsync("Bury");
        await Eventually.TrueAsync("the failure is logged", () => Task.FromResult(
            app.Logs.Lines.Any(line => line.Message.Contains("stays invisible", StringComparison.Ordinal))), Cancellation);
        Assert.Equal(1, (await poison.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
        Assert.Empty((await poison.PeekMessagesAsync(10, Cancellation)).Value);
        Assert.Equal(1, app.Count("Bury"));
    }

    [Theory]
    [InlineData("shards", "shards-poison")]
    [InlineData("shards-poison", null)]
    [InlineData("a23456789-b23456789-c23456789-d23456789-e23456789-f23456", "a23456789-b23456789-c23456789-d23456789-e23456789-f23456-poison")]
    [InlineData("a23456789-b23456789-c23456789-d23456789-e23456789-f234567", null)]
    public void A_poison_queue_has_a_name_of_63_characters_at_most(string queue, string? poison)
        => Assert.Equal(poison, PoisonQueue.NameFor(queue));

    [Fact]
    public async Task No_more_messages_run_than_a_batch_and_the_threshold_allow()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["batchSize"] = 2;
        app.HostJson["extensions"]!["queues"]!["newBatchThreshold"] = 1;
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer(), new Answer { WaitFor = "go" });
        for (var count = 0; count < 6; count++)
        {
            await queue.SendMessageAsync("{}", Cancellation);
        }

        await app.StartAsync();

        // 1. A batch of two starts. When one of them has ended, the next two are fetched: then three run, and nothing more is taken.
        await app.RequestAsync("Work", 3);
        Assert.Equal(2, await VisibleAsync(queue));
        Assert.Equal(4, app.Count("Work"));

        // 2. Let go, all of them run.
        app.Signal("go");
        await app.RequestAsync("Work", 5);
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task One_at_a_time_is_one_at_a_time()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["batchSize"] = 1;
        app.HostJson["extensions"]!["queues"]!["newBatchThreshold"] = 0;
        app.Options = app.Options with { Instances = 2 };
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "go" });
        for (var count = 0; count < 4; count++)
        {
            await queue.SendMessageAsync("{}", Cancellation);
        }

        await app.StartAsync();

        RecordedRequest[] running = [await app.RequestAsync("Work", 0), await app.RequestAsync("Work", 1)];
        Assert.NotEqual(running[0].ProcessId, running[1].ProcessId);
        Assert.Equal(2, await VisibleAsync(queue));
        app.Signal("go");
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_lease_is_renewed_while_the_function_runs()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var lease = RoomyLease;
        app.Options = app.Options with { Timings = new() { MessageLease = lease } };
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "go" });
        await queue.SendMessageAsync("{}", Cancellation);
        await app.StartAsync();
        var firstReceipt = (await app.RequestAsync("Work")).Metadata("NextVisibleTime")!;

        await LetPassAsync(app, 1.25 * lease);
        Assert.True(DateTimeOffset.Parse(firstReceipt, System.Globalization.CultureInfo.InvariantCulture) < DateTimeOffset.UtcNow);
        Assert.Equal(1, app.Count("Work"));
        Assert.Equal(0, await VisibleAsync(queue));

        // And the last receipt is the one that deletes it.
        app.Signal("go");
        await TestApp.EmptyAsync(queue);
        Assert.Equal(1, app.Count("Work"));
    }

    [Fact]
    public async Task A_message_that_somebody_else_has_taken_stops_being_renewed_and_its_function_goes_on()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.Options = app.Options with { Timings = new() { MessageLease = TimeSpan.FromSeconds(2) } };
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { WaitFor = "go" });
        await queue.SendMessageAsync("{}", Cancellation);
        await app.StartAsync();
        await app.RequestAsync("Work");

        await queue.ClearMessagesAsync(Cancellation);

        await Eventually.TrueAsync("the loss is logged", () => Task.FromResult(
            app.Logs.Lines.Any(line => line.Message.Contains("could not be renewed", StringComparison.Ordinal))), Cancellation);
        app.Signal("go");
        await Eventually.TrueAsync("the function has ended well", () => Task.FromResult(
            app.Logs.Lines.Any(line => line.Message.Contains("Executed 'Functions.Work' (Succeeded", StringComparison.Ordinal))), Cancellation);
    }

    [Fact]
    public async Task The_visibility_time_out_delays_the_next_try()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["visibilityTimeout"] = "01:00:00";
        var lease = RoomyLease;
        app.Options = app.Options with { Timings = new() { MessageLease = lease } };
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", Failure);
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        await Eventually.TrueAsync("the failure is logged", () => Task.FromResult(
            app.Logs.Lines.Any(line => line.Message.Contains("Executed 'Functions.Work' (Failed", StringComparison.Ordinal))), Cancellation);
        await LetPassAsync(app, 1.25 * lease);
        Assert.Equal(0, await VisibleAsync(queue));
        Assert.Equal(1, app.Count("Work"));
        Assert.False(await app.PoisonQueue("work").ExistsAsync(Cancellation));
    }

    /// <summary>Waits by storage's own clock: for a message that hides itself for so long.</summary>
    private static async Task LetPassAsync(TestApp app, TimeSpan time)
    {
        var clock = await app.QueueAsync("clock");
        await clock.SendMessageAsync("now", visibilityTimeout: time, cancellationToken: Cancellation);
        await TestApp.TakeAsync(clock);
    }

    private static async Task<int> VisibleAsync(QueueClient queue) => (await queue.PeekMessagesAsync(32, Cancellation)).Value.Length;
}
