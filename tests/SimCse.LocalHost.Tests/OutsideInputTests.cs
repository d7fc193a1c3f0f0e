using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Blobs;
using SimCse.LocalHost.Queues;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Nothing that arrives from outside ends the host: not a message, not the name of a blob, not an answer of storage.</summary>
public sealed class OutsideInputTests(AzuriteFixture azurite)
{
    /// <summary>Texts that parsers disagree about.</summary>
    private static readonly string[] Odd =
    [
        """{"a": 1, "a": 2, "A": 3}""",
        """{"source": "\ud800", "\udc00": "x", "o": {"\ud83d": "\ude00\ud83d"}}""",
        """{"": 1, " ": {"": []}, "\u0000": "\u0000\uffff"}""",
        """{"n": 1e999999, "m": -1e-999999, "i": 123456789012345678901234567890, "h": 0x1F, "nan": NaN}""",
        """{"d": "2026-99-99T00:00:00Z", "e": "0001-01-01T00:00:00+14:00", "f": new Date(1e99), "g": undefined}""",
        "{\"deep\": " + new string('[', 9_000) + new string(']', 9_000) + "}",
        string.Concat(Enumerable.Repeat("{\"a\":", 9_000)) + "1" + new string('}', 9_000),
        """{"id": {"a": 1}, "dequeueCount": "many", "insertionTime": "yesterday", "sys": {"x": 1}, "queueTrigger": null}""",
        "{'single': 'quotes', unquoted: 1, /* comment */ }",
        "{}{}", "{", "}", "", " ", "\uFEFF{}", "null", "{\"$type\": \"System.IO.FileInfo, System.IO\", \"$ref\": \"1\"}",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Odd_messages_are_delivered_or_rejected_and_those_behind_them_run()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Slow");
        var queue = await app.QueueAsync("slow");
        var random = new Random(13);
        string[] texts = [.. Odd, .. Enumerable.Range(0, 60).Select(_ => Damaged(random))];
        foreach (var text in texts)
        {
            await queue.SendMessageAsync(text, Cancellation);
        }

        await queue.SendMessageAsync("the last", Cancellation);

        var host = await app.StartAsync();

        await TestApp.EmptyAsync(queue);
        var received = await Task.WhenAll(Enumerable.Range(0, app.Count("Slow")).Select(index => app.InvocationAsync("Slow", index)));
        Assert.Equal(
            texts.Append("the last").Order(StringComparer.Ordinal),
            received.Select(invocation => invocation.Body).Order(StringComparer.Ordinal));
        Assert.False(host.Completion.IsCompleted);
        Assert.Single(host.Workers);
    }

    [Fact]
    public async Task Messages_with_characters_that_XML_cannot_hold_do_not_hide_the_others()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Slow");
        var queue = await app.QueueAsync("slow");
        var raw = new QueueClient(azurite.ConnectionString, queue.Name, With(new QueueClientOptions(), new RawBody("a\u0001b")));
        await raw.SendMessageAsync("replaced by the policy", Cancellation);
        await queue.SendMessageAsync("the last", Cancellation);

        await app.StartAsync();

        await TestApp.EmptyAsync(queue);
        Assert.Equal(2, app.Count("Slow"));
    }

    [Fact]
    public async Task Names_that_XML_cannot_hold_are_announced_like_all_others()
    {
        await using var app = EventApp();
        string[] names = ["a\u0001b.txt", "a\uFFFEb.txt", "good.txt", "猫/\u001F/😀.txt"];
        var container = app.Container("texts");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        foreach (var name in names)
        {
            await container.UploadBlobAsync(name, BinaryData.FromString("x"), Cancellation);
        }

        var host = await app.StartAsync();

        Assert.Equal(names.Order(StringComparer.Ordinal), await AnnouncedAsync(app, names.Length));
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task Where_storage_cannot_list_a_name_the_blobs_beside_it_are_announced_and_a_warning_names_the_place()
    {
        await using var app = EventApp();
        string[] good = ["a.txt", "aa.txt", "b.txt", "c.txt", "good.txt", "猫.txt"];
        string[] bad = ["b\u0001.txt", "d\u0002/e.txt"];
        var container = new BlobContainerClient(
            azurite.ConnectionString, app.Container("texts").Name, With(new BlobClientOptions(), new Unlistable()));
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        foreach (var name in good.Concat(bad))
        {
            await container.UploadBlobAsync(name, BinaryData.FromString("x"), Cancellation);
        }

        var state = new HostBlob(azurite.ConnectionString, $"blob-events/{container.Name}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new BlobEventSource(
            container, app.Queue("plan"), state, TimeSpan.FromMilliseconds(50), null, TimeProvider.System, app.Logs.CreateLogger("events"));
        var running = events.RunAsync(stop.Token);

        Assert.Equal(good.Order(StringComparer.Ordinal), await AnnouncedAsync(app, good.Length));
        await app.LoggedAsync("between 'aa.txt' and 'b\t'");
        await app.LoggedAsync("between 'c.txt' and 'd\t'");
        Assert.Equal(2, app.Logs.Lines.Count(line => line.Level == LogLevel.Warning));
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html>A proxy's page</html>")]
    [InlineData(200, "not <XML")]
    [InlineData(403, "<html>Forbidden")]
    [InlineData(500, "")]
    public async Task Answers_that_are_not_storages_are_said_and_tried_again(int status, string body)
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        var lie = new Lie(status, body);
        app.Options = app.Options with
        {
            ConfigureQueues = services => services.AddSingleton<AzureComponentFactory>(services => new LyingQueues(
                services.GetRequiredService<ILoggerFactory>(), lie)),
        };
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("{}", Cancellation);
        var host = await app.StartAsync();

        await app.LoggedAsync($"Storage does not answer for queue {queue.Name} as it should");
        Assert.Equal(0, app.Count("Work"));
        lie.IsOver = true;

        await app.InvocationAsync("Work");
        await TestApp.EmptyAsync(queue);
        Assert.False(host.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_announces_all_blobs_again()
    {
        await using var app = EventApp();
        var container = app.Container("texts");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await container.UploadBlobAsync("a.txt", BinaryData.FromString("x"), Cancellation);
        await new HostBlob(azurite.ConnectionString, $"blob-events/{container.Name}").WriteAsync("{half a ti", Cancellation);

        await app.StartAsync();

        Assert.Equal(["a.txt"], await AnnouncedAsync(app, 1));
    }

    [Fact]
    public async Task An_event_waits_for_a_host_as_long_as_it_must()
    {
        await using var app = EventApp();
        var container = app.Container("texts");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await container.UploadBlobAsync("a.txt", BinaryData.FromString("x"), Cancellation);

        await app.StartAsync();

        var message = await Eventually.GetAsync("the event", async () => await app.Queue("plan").ExistsAsync(Cancellation)
            ? (await app.Queue("plan").PeekMessageAsync(Cancellation)).Value : null, Cancellation);
        Assert.True(message.ExpiresOn > DateTimeOffset.UtcNow.AddYears(100));
    }

    private TestApp EventApp()
    {
        var app = new TestApp(azurite.ConnectionString, "Web");
        app.Options = app.Options with
        {
            BlobEvents = true,
            BlobContainer = app.UniqueName("texts"),
            BlobEventQueue = app.UniqueName("plan"),
            Timings = new() { BlobScanInterval = TimeSpan.FromMilliseconds(50) },
        };
        return app;
    }

    /// <summary>Waits until there are so many events, and returns the names that they announce.</summary>
    private static async Task<IEnumerable<string>> AnnouncedAsync(TestApp app, int count)
    {
        var queue = app.Queue("plan");
        var events = await Eventually.GetAsync(
            $"{count} events",
            async () => await queue.ExistsAsync(Cancellation)
                && (await queue.PeekMessagesAsync(32, Cancellation)).Value is { } peeked && peeked.Length == count ? peeked : null,
            Cancellation);
        return events.Select(message => JsonNode.Parse(message.MessageText)!["subject"]!.GetValue<string>().Split("/blobs/")[1])
            .Order(StringComparer.Ordinal);
    }

    private static string Damaged(Random random)
        => Encoding.UTF8.GetString(Fuzz.Damage(random, Encoding.UTF8.GetBytes("""{"source": "猫.txt", "options": {"dimensions": 12}}""")))
            .Replace('\0', '0').Replace("\uFFFE", "", StringComparison.Ordinal);

    private static T With<T>(T options, HttpPipelinePolicy policy)
        where T : ClientOptions
    {
        options.AddPolicy(policy, HttpPipelinePosition.PerCall);
        return options;
    }

    /// <summary>Sends another text for a message than the client's writer of XML lets through.</summary>
    private sealed class RawBody(string text) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
            => message.Request.Content = RequestContent.Create(
                Encoding.UTF8.GetBytes($"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>"));
    }

    /// <summary>Answers as a published Azurite does when a name or a marker holds what XML cannot.</summary>
    private sealed class Unlistable : HttpPipelineSynchronousPolicy
    {
        public override void OnReceivedResponse(HttpMessage message)
        {
            if (message.Request.Uri.Query.Contains("comp=list", StringComparison.Ordinal)
                && message.Response.Content.ToString().Contains("Encoded=", StringComparison.Ordinal))
            {
                message.Response.ContentStream = new MemoryStream();
            }
        }
    }

    /// <summary>Until it is over, the listener is told this instead of what storage says.</summary>
    private sealed class Lie(int status, string body) : HttpPipelinePolicy
    {
        public bool IsOver { get; set; }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (IsOver || message.Request.Method != RequestMethod.Get)
            {
                await ProcessNextAsync(message, pipeline);
                return;
            }

            message.Response = new Answer(status, body);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
    }

    private sealed class Answer(int status, string body) : Azure.Response
    {
        public override int Status => status;

        public override string ReasonPhrase => "";

        public override Stream? ContentStream { get; set; } = new MemoryStream(Encoding.UTF8.GetBytes(body));

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = null;
            return false;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = null;
            return false;
        }
    }

    private sealed class LyingQueues(ILoggerFactory loggers, Lie lie) : ReturningQueues(loggers)
    {
        public override object CreateClientOptions(Type optionsType, object? serviceVersion, IConfiguration configuration)
            => With(new QueueClientOptions(), lie);
    }
}
