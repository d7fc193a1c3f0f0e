using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SimCse.LocalHost.Blobs;

/// <summary>The events that Event Grid sends for a new, a replaced or a deleted blob, in the Event Grid schema.</summary>
/// <remarks>Source: "Azure Blob Storage as an Event Grid source" in Microsoft's documentation; the ETag comes without quotes.</remarks>
internal static class BlobEvent
{
    public static JsonObject Created(BlobContainerClient container, BlobItem blob, DateTimeOffset eventTime)
    {
        // A listing does not show which operation wrote the blob. The SDK uses PutBlockList for all but small blobs.
        var isBlock = blob.Properties.BlobType == BlobType.Block;
        var written = blob.Properties.LastModified ?? eventTime;
        var data = Data(container, blob.Name, isBlock ? "PutBlockList" : "PutBlob", blob.Properties.BlobType, written);
        data["eTag"] = blob.Properties.ETag?.ToString();
        data["contentType"] = blob.Properties.ContentType ?? "application/octet-stream";
        data["contentLength"] = blob.Properties.ContentLength ?? 0;
        return Event(container, blob.Name, "Microsoft.Storage.BlobCreated", data, written);
    }

    public static JsonObject Deleted(BlobContainerClient container, string blob, DateTimeOffset eventTime) => Event(
        container, blob, "Microsoft.Storage.BlobDeleted", Data(container, blob, "DeleteBlob", BlobType.Block, eventTime), eventTime);

    private static JsonObject Data(BlobContainerClient container, string blob, string api, BlobType? type, DateTimeOffset time) => new()
    {
        ["api"] = api,
        ["clientRequestId"] = Guid.NewGuid().ToString(),
        ["requestId"] = Guid.NewGuid().ToString(),
        ["blobType"] = type switch
        {
            BlobType.Append => "AppendBlob",
            BlobType.Page => "PageBlob",
            _ => "BlockBlob",
        },
        ["url"] = container.GetBlobClient(blob).Uri.AbsoluteUri,
        ["sequencer"] = Sequencer(time),
        ["storageDiagnostics"] = new JsonObject { ["batchId"] = Guid.NewGuid().ToString() },
    };

    private static JsonObject Event(
        BlobContainerClient container, string blob, string type, JsonObject data, DateTimeOffset eventTime) => new()
        {
            ["topic"] =
                "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/"
                        + container.AccountName,
            ["subject"] = $"/blobServices/default/containers/{container.Name}/blobs/{blob}",
            ["eventType"] = type,
            ["id"] = Guid.NewGuid().ToString(),
            ["data"] = data,
            ["dataVersion"] = "",
            ["metadataVersion"] = "1",
            ["eventTime"] = eventTime.UtcDateTime,
        };

    /// <summary>Orders the events of one blob when compared as text; it has no other meaning.</summary>
    private static string Sequencer(DateTimeOffset lastModified) => lastModified.UtcTicks.ToString("X32", CultureInfo.InvariantCulture);
}
