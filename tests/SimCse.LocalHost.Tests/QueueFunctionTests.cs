using System.Diagnostics;
using Azure.Storage.Queues;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>From a queue to a function and what becomes of the message, on a real Azurite.</summary>
public sealed class QueueFunctionTests(AzuriteFixture azurite)
{
    private static readonly Answer Failure = new() { Throw = "no" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_arrives_with_what_the_queue_knows_of_it_and_is_deleted_once_its_function_has_succeeded()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        await app.StartAsync();

        var sent = (await queue.SendMessageAsync("本文", Cancellation)).Value;

        var received = await app.InvocationAsync("Work");
        Assert.Equal("本文", received.Body);
        Assert.Equal(
            ["DequeueCount", "ExpirationTime", "Id", "InsertionTime", "NextVisibleTime", "PopReceipt", "QueueTrigger"],
            received.Metadata.Keys.Order(StringComparer.Ordinal));
        // Text as text, everything else as JSON.
        Assert.Equal(
            ("本文", sent.MessageId, "1"),
            (received.MetadataText("QueueTrigger"), received.MetadataText("Id"), received.MetadataText("DequeueCount")));
        Assert.Equal($"\"{sent.InsertionTime:yyyy-MM-dd'T'HH:mm:ss}+00:00\"", received.MetadataText("InsertionTime"));
        Assert.Equal($"\"{sent.ExpirationTime:yyyy-MM-dd'T'HH:mm:ss}+00:00\"", received.MetadataText("ExpirationTime"));
        // And as the worker binds them.
        Assert.Equal(sent.MessageId, received.Parameters!["Id"]!.GetValue<string>());
        Assert.Equal(1, received.Parameters!["DequeueCount"]!.GetValue<long>());
        Assert.Equal(sent.InsertionTime, received.Parameters!["InsertionTime"]!.GetValue<DateTimeOffset>());
        await TestApp.EmptyAsync(queue);
        Assert.Equal(1, app.Count("Work"));
    }

    [Fact]
    public async Task Text_arrives_unchanged()
    {
        string[] texts =
        [
            "\"quoted\"",
            "one\ntwo\r\nthree\ttabbed  ",
            "猫 🐈‍⬛ é ﷽",
            "eyJhIjoxfQ==",
            """{"a":[1,2.50,null],"b":"\u732b"}""",
            "[1, 2",
            """{"a":new Date(1)}""", // which only the host's parser takes for JSON
            "%WORK_QUEUE%",
        ];
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        foreach (var text in texts)
        {
            await queue.SendMessageAsync(text, Cancellation);
        }

        await app.StartAsync();

        var received = await Task.WhenAll(texts.Select((_, index) => app.InvocationAsync("Work", index)));
        Assert.Equal(texts.Order(StringComparer.Ordinal), received.Select(invocation => invocation.Body).Order(StringComparer.Ordinal));
        Assert.All(received, invocation => Assert.Equal(invocation.Body, invocation.MetadataText("QueueTrigger")));
    }

    [Fact]
    public async Task The_properties_of_a_JSON_message_hide_what_the_queue_knows()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Slow");
        var host = await app.StartAsync();

        await host.InvokeQueueAsync(
            "Slow",
            """{"id": "mine", "dequeueCount": 7, "big": 1e3, "when": "2026-01-02T03:04:05Z", "yes": true, "none": null, "list": [1], "object": {"a": 1}, "id": "last"}""",
            cancellationToken: Cancellation);

        var received = await app.InvocationAsync("Slow");
        Assert.Equal(
            ("last", "7", "1000"), (received.MetadataText("Id"), received.MetadataText("DequeueCount"), received.MetadataText("big")));
        Assert.Equal(("01/02/2026 03:04:05", "True"), (received.MetadataText("when"), received.MetadataText("yes")));
        Assert.Equal("""{"a":1}""", received.MetadataText("object"));
        Assert.Equal((null, null), (received.MetadataText("none"), received.MetadataText("list")));
        Assert.NotNull(received.MetadataText("InsertionTime"));
    }

    [Fact]
    public async Task A_trace_that_is_given_goes_on_in_the_worker_and_otherwise_each_invocation_begins_one()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var host = await app.StartAsync();

        await host.InvokeQueueAsync(
            "Work", "1", traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", cancellationToken: Cancellation);
        await host.InvokeQueueAsync("Work", "2", cancellationToken: Cancellation);
        await host.InvokeQueueAsync("Work", "3", cancellationToken: Cancellation);

        ActivityContext[] traces =
        [
            .. new[] { await app.InvocationAsync("Work", 0), await app.InvocationAsync("Work", 1), await app.InvocationAsync("Work", 2) }
                .Select(invocation => ActivityContext.Parse(invocation.TraceParent, null)),
        ];
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", traces[0].TraceId.ToString());
        Assert.Equal(3, traces.Select(trace => trace.TraceId).Distinct().Count());
        Assert.All(traces, trace => Assert.Equal(ActivityTraceFlags.Recorded, trace.TraceFlags));
    }

    [Fact]
    public async Task A_queue_that_is_made_later_is_found()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        await app.StartAsync();

        var created = await app.QueueAsync("work");
        await created.SendMessageAsync("{}", Cancellation);

        await app.InvocationAsync("Work");
    }

    [Fact]
    public async Task A_failed_message_is_tried_again_at_once_with_the_same_body()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", Failure, Failure, new Answer());
        await queue.SendMessageAsync("本文", Cancellation);

        await app.StartAsync();

        var last = await app.InvocationAsync("Work", 2);
        Assert.Equal(("本文", "3"), (last.Body, last.MetadataText("DequeueCount")));
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task The_last_failure_copies_the_message_to_the_poison_queue()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.maxDequeueCount", "2");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", Failure);
        await queue.SendMessageAsync("本文", Cancellation);

        await app.StartAsync();

        Assert.Equal("本文", await TestApp.TakeAsync(app.PoisonQueue("work")));
        await TestApp.EmptyAsync(queue);
        Assert.Equal(2, app.Count("Work"));
        await app.LoggedAsync($"Message has reached MaxDequeueCount of 2. Moving message to queue '{app.PoisonQueue("work").Name}'.");
    }

    [Fact]
    public async Task A_message_delivered_too_often_goes_to_the_poison_queue_without_running()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.maxDequeueCount", "2");
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("{}", Cancellation);
        for (var count = 0; count < 2; count++)
        {
            // Two hosts have taken it and died.
            var taken = (await queue.ReceiveMessageAsync(cancellationToken: Cancellation)).Value;
            await queue.UpdateMessageAsync(
                taken.MessageId, taken.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Cancellation);
        }

        await app.StartAsync();

        Assert.Equal("{}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        Assert.Equal(0, app.Count("Work"));
    }

    [Fact]
    public async Task A_message_that_is_not_base64_where_base64_is_expected_goes_to_the_poison_queue_as_it_stands()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.messageEncoding", "base64");
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("{not base64}", Cancellation);
        await queue.SendMessageAsync(Convert.ToBase64String("本文"u8), Cancellation);

        await app.StartAsync();

        Assert.Equal("{not base64}", await TestApp.TakeAsync(app.PoisonQueue("work")));
        Assert.Equal("本文", (await app.InvocationAsync("Work")).Body);
        await TestApp.EmptyAsync(queue);
        Assert.Equal(1, app.Count("Work"));
    }

    [Fact]
    public async Task A_poison_queue_is_listened_to_like_any_other_but_its_failures_stay_where_they_are()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work", "Other");
        var poison = app.PoisonQueue("work");
        app.HostJson("extensions.queues.maxDequeueCount", "1");
        app.Settings["OTHER_QUEUE"] = poison.Name;
        app.Answer("Work", Failure);
        app.Answer("Other", Failure);
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        await app.InvocationAsync("Other");
        await app.LoggedAsync("Executed 'Functions.Other' (Failed");
        Assert.Equal(1, (await poison.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
        Assert.Empty((await poison.PeekMessagesAsync(10, Cancellation)).Value);
        Assert.Equal(1, app.Count("Other"));
    }

    [Fact]
    public async Task No_more_messages_run_than_a_batch_and_the_threshold_allow()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.batchSize", "2").HostJson("extensions.queues.newBatchThreshold", "1");
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer(), new Answer { WaitFor = "go" });
        for (var count = 0; count < 6; count++)
        {
            await queue.SendMessageAsync("{}", Cancellation);
        }

        await app.StartAsync();

        // 1. A batch of two starts. When one of them has ended, the next two are fetched: then three run, and nothing more is taken.
        await app.InvocationAsync("Work", 3);
        Assert.Equal(2, await VisibleAsync(queue));
        Assert.Equal(4, app.Count("Work"));

        // 2. Let go, all of them run.
        app.Signal("go");
        await app.InvocationAsync("Work", 5);
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task One_at_a_time_is_one_at_a_time_on_each_of_two_instances()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.batchSize", "1").HostJson("extensions.queues.newBatchThreshold", "0");
        app.Options = app.Options with { Instances = 2 };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "go" });
        for (var count = 0; count < 4; count++)
        {
            await queue.SendMessageAsync("{}", Cancellation);
        }

        await app.StartAsync();

        RecordedInvocation[] running = [await app.InvocationAsync("Work", 0), await app.InvocationAsync("Work", 1)];
        Assert.NotEqual(running[0].ProcessId, running[1].ProcessId);
        Assert.Equal(2, await VisibleAsync(queue));
        app.Signal("go");
        await TestApp.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_message_that_runs_longer_than_its_lease_runs_twice_and_both_end_well()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Options = app.Options with { ConfigureQueues = new ShortLease(TimeSpan.FromSeconds(1)).Configure };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", new Answer { WaitFor = "go" }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);
        await app.StartAsync();

        // 1. The first run has not ended when the lease has.
        Assert.Equal("1", (await app.InvocationAsync("Work")).MetadataText("DequeueCount"));
        Assert.Equal("2", (await app.InvocationAsync("Work", 1)).MetadataText("DequeueCount"));
        await TestApp.EmptyAsync(queue);

        // 2. Its own receipt is worth nothing any more, and nobody minds.
        app.Signal("go");
        await Eventually.TrueAsync("both have succeeded", () => Task.FromResult(
            app.Logs.Lines.Count(
                line => line.Message.Contains("Executed 'Functions.Work' (Succeeded", StringComparison.Ordinal)) == 2), Cancellation);
        Assert.False(await app.PoisonQueue("work").ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task The_visibility_time_out_delays_the_next_try()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.HostJson("extensions.queues.visibilityTimeout", "01:00:00");
        app.Options = app.Options with { ConfigureQueues = new ShortLease(TimeSpan.FromSeconds(2)).Configure };
        var queue = await app.QueueAsync("work");
        app.Answer("Work", Failure);
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        await app.LoggedAsync("Executed 'Functions.Work' (Failed");
        await LetPassAsync(app, TimeSpan.FromSeconds(3));
        Assert.Equal(0, await VisibleAsync(queue));
        Assert.Equal(1, app.Count("Work"));
        Assert.False(await app.PoisonQueue("work").ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task A_queue_name_that_is_none_stops_the_start()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Settings["WORK_QUEUE"] = "No Queue";

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("Work", error.Message, StringComparison.Ordinal);
        Assert.Contains("queue name", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_connection_that_is_not_set_stops_the_start()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Slow");
        app.Settings.Remove("OtherStorage");

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("OtherStorage", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_named_at_the_start()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Settings["AzureWebJobsStorage"] =
            "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;" +
            "QueueEndpoint=http://127.0.0.1:9/a;";

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("No storage answers at the connection string in AzureWebJobsStorage", error.Message, StringComparison.Ordinal);
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
