using System.Globalization;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Tests;

/// <summary>What stands around the app: Event Grid, and a host that takes from queues. One test at a time takes.</summary>
internal sealed class HostSide(string connectionString, RunningApp app)
{
    /// <summary>Of the tests that take from the queues.</summary>
    public const string Collection = "queues";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What Event Grid puts on the queue for a new blob.</summary>
    public static string Event(string source) => JsonSerializer.Serialize(new
    {
        topic = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        subject = $"/blobServices/default/containers/texts/blobs/{source}",
        eventType = "Microsoft.Storage.BlobCreated",
        id = Guid.NewGuid(),
        data = new
        {
            api = "PutBlob",
            eTag = "0x0",
            contentType = "text/plain",
            blobType = "BlockBlob",
            url = $"https://a.blob.core.windows.net/texts/{source}",
        },
        dataVersion = "",
        metadataVersion = "1",
        eventTime = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
    });

    /// <summary>The job that a message on the queue <c>shards</c> names.</summary>
    public static string JobOf(string message) => JsonDocument.Parse(message).RootElement.GetProperty("job").GetString()!;

    /// <summary>Drops a new source.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> UploadAsync(string text)
    {
        var source = $"試験/{Guid.NewGuid():N}.txt";
        await new BlobServiceClient(connectionString).GetBlobContainerClient(StorageNames.Texts).GetBlobClient(source)
            .UploadAsync(BinaryData.FromString(text), Token);
        return source;
    }

    /// <summary>Gives a function a message; it must be taken as done.</summary>
    public Task InvokeAsync(string function, string message, DateTimeOffset? insertedOn = null, string? traceParent = null) =>
        app.Host.InvokeQueueAsync(function, message, insertedOn, traceParent, Token);

    public Task<List<string>> TakeShardsAsync() => TakeAsync(StorageNames.ShardsQueue, _ => true);

    /// <summary>Takes everything from a queue and gives back what is asked for.</summary>
    public async Task<List<string>> TakeAsync(string name, Func<string, bool> wanted)
    {
        var queue = new QueueClient(connectionString, name);
        var texts = new List<string>();
        while ((await queue.ReceiveMessagesAsync(32, cancellationToken: Token)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Token);
                texts.Add(message.MessageText);
            }
        }

        return [.. texts.Where(wanted)];
    }
}
