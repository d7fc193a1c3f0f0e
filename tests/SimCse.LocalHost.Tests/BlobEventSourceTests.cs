using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Event Grid's part: blobs become messages, at least once.</summary>
public sealed class BlobEventSourceTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_blob_is_announced_in_the_Event_Grid_schema()
    {
        await using var app = EventApp();
        var noticed = new ConcurrentQueue<string>();
        app.Options = app.Options with { OnBlobNoticed = noticed.Enqueue };
        await app.StartAsync();

        var etag = await UploadAsync(app, "猫/一 二.txt", "三毛猫");

        var announced = JsonNode.Parse(await TestApp.TakeAsync(app.Queue("plan")))!;
        Golden.Matches("blob-created", announced);
        Assert.Equal(etag, announced["data"]!["eTag"]!.GetValue<string>());
        await Eventually.TrueAsync("the caller is told", () => Task.FromResult(noticed.SequenceEqual(["猫/一 二.txt"])), Cancellation);
        Assert.EndsWith(
            $"/{app.Container("texts").Name}/blobs/猫/一 二.txt", announced["subject"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_blob_is_announced_again_with_its_new_ETag_and_an_unchanged_one_is_not()
    {
        await using var app = EventApp();
        await app.StartAsync();
        await UploadAsync(app, "same.txt", "same");
        var first = await UploadAsync(app, "a.txt", "one");
        Assert.Equal(["a.txt", "same.txt"], (await TakeAsync(app, 2)).Select(e => e.Name).Order());

        var second = await UploadAsync(app, "a.txt", "two");

        Assert.Equal([("a.txt", second)], await TakeAsync(app, 1));
        Assert.NotEqual(first, second);
        await AnotherScanAsync(app);
        Assert.Equal("sentinel.txt", (await TakeAsync(app, 1))[0].Name);
    }

    [Fact]
    public async Task Blobs_whose_names_differ_in_case_only_are_announced_once_each()
    {
        await using var app = EventApp();
        var etags = new[] { ("A.txt", await UploadAsync(app, "A.txt", "1")), ("a.txt", await UploadAsync(app, "a.txt", "2")) };
        await app.StartAsync();

        Assert.Equal(etags, (await TakeAsync(app, 2)).OrderBy(e => e.Name, StringComparer.Ordinal));
        await AnotherScanAsync(app);
        Assert.Equal("sentinel.txt", (await TakeAsync(app, 1))[0].Name);
    }

    [Fact]
    public async Task A_deleted_blob_is_announced_once()
    {
        await using var app = EventApp();
        await app.StartAsync();
        await UploadAsync(app, "gone.txt", "1");
        await TakeAsync(app, 1);

        await app.Container("texts").DeleteBlobAsync("gone.txt", cancellationToken: Cancellation);

        var announced = JsonNode.Parse(await TestApp.TakeAsync(app.Queue("plan")))!;
        Assert.Equal("Microsoft.Storage.BlobDeleted", announced["eventType"]!.GetValue<string>());
        Assert.EndsWith(
            $"/{app.Container("texts").Name}/blobs/gone.txt", announced["subject"]!.GetValue<string>(), StringComparison.Ordinal);
        await AnotherScanAsync(app);
        Assert.Equal("sentinel.txt", (await TakeAsync(app, 1))[0].Name);
    }

    [Fact]
    public async Task Blobs_written_while_no_host_ran_are_announced_by_the_next()
    {
        await using var app = EventApp();
        await using (await app.StartAsync())
        {
            await UploadAsync(app, "before.txt", "1");
            await TakeAsync(app, 1);
        }

        var whileAway = await UploadAsync(app, "away.txt", "2");
        await app.StartAsync();

        // What was announced shortly before the stop may come again: at least once, like Event Grid.
        await Eventually.TrueAsync(
            "away.txt announced", async () => (await TakeAsync(app, 1)) is [("away.txt", var etag)] && etag == whileAway, Cancellation);
    }

    [Fact]
    public async Task Blobs_announced_long_ago_are_not_announced_by_the_next_host()
    {
        await using var app = EventApp();
        await UploadAsync(app, "old.txt", "1");
        var state = new HostBlob(azurite.ConnectionString, $"blob-events/{app.Container("texts").Name}");
        await state.WriteAsync(DateTimeOffset.UtcNow.AddHours(1).ToString("O", CultureInfo.InvariantCulture), Cancellation);
        await app.StartAsync();
        await Eventually.TrueAsync("the queue exists", async () => await app.Queue("plan").ExistsAsync(Cancellation), Cancellation);

        // From the second scan on every new ETag counts, whatever the clocks say.
        await AnotherScanAsync(app);
        Assert.Equal("sentinel.txt", (await TakeAsync(app, 1))[0].Name);
    }

    [Fact]
    public async Task The_container_and_the_queue_are_made_when_they_are_not_there()
    {
        await using var app = EventApp();

        await app.StartAsync();

        await Eventually.TrueAsync(
            "the container exists", async () => await app.Container("texts").ExistsAsync(Cancellation), Cancellation);
        await Eventually.TrueAsync("the queue exists", async () => await app.Queue("plan").ExistsAsync(Cancellation), Cancellation);
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

    private static async Task<string> UploadAsync(TestApp app, string name, string text)
    {
        var container = app.Container("texts");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        var options = new BlobUploadOptions { HttpHeaders = new() { ContentType = "text/plain" } };
        // Headers have it in quotes; listings and events have it without.
        return (
            await container.GetBlobClient(name).UploadAsync(
                BinaryData.FromString(text), options, Cancellation)).Value.ETag.ToString("G").Trim('"');
    }

    private static async Task<List<(string Name, string ETag)>> TakeAsync(TestApp app, int count)
    {
        var events = new List<(string, string)>();
        while (events.Count < count)
        {
            var json = JsonNode.Parse(await TestApp.TakeAsync(app.Queue("plan")))!;
            events.Add((json["subject"]!.GetValue<string>().Split("/blobs/")[1], json["data"]!["eTag"]!.GetValue<string>()));
        }

        return events;
    }

    /// <summary>Replaces a blob until a scan has announced it: what that scan had to say of earlier names then stands before it.</summary>
    private static Task AnotherScanAsync(TestApp app)
        => Eventually.TrueAsync("another scan", async () =>
        {
            await UploadAsync(app, "sentinel.txt", "x");
            return (await app.Queue("plan").PeekMessagesAsync(1, Cancellation)).Value.Length > 0;
        }, Cancellation);
}
