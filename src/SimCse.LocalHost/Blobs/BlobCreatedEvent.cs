using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SimCse.LocalHost.Blobs;

/// <summary>The event that Event Grid sends for a new or replaced blob, in the Event Grid schema.</summary>
/// <remarks>Source: "Azure Blob Storage as an Event Grid source" in Microsoft's documentation; the ETag comes without quotes.</remarks>
internal static class BlobCreatedEvent
{
    public static JsonObject Create(BlobContainerClient container, BlobItem blob, DateTimeOffset eventTime)
    {
        // A listing does not show which operation wrote the blob. The SDK uses PutBlockList for all but small blobs.
        var requestId = Guid.NewGuid().ToString();
        return new JsonObject
        {
            ["topic"] =
                "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/"
                        + container.AccountName,
            ["subject"] = $"/blobServices/default/containers/{container.Name}/blobs/{blob.Name}",
            ["eventType"] = "Microsoft.Storage.BlobCreated",
            ["id"] = Guid.NewGuid().ToString(),
            ["data"] = new JsonObject
            {
                ["api"] = blob.Properties.BlobType == BlobType.Block ? "PutBlockList" : "PutBlob",
                ["clientRequestId"] = Guid.NewGuid().ToString(),
                ["requestId"] = requestId,
                ["eTag"] = blob.Properties.ETag?.ToString(),
                ["contentType"] = blob.Properties.ContentType ?? "application/octet-stream",
                ["contentLength"] = blob.Properties.ContentLength ?? 0,
                ["blobType"] = blob.Properties.BlobType switch
                {
                    BlobType.Append => "AppendBlob",
                    BlobType.Page => "PageBlob",
                    _ => "BlockBlob",
                },
                ["url"] = container.GetBlobClient(blob.Name).Uri.AbsoluteUri,
                ["sequencer"] = Sequencer(blob.Properties.LastModified ?? eventTime),
                ["storageDiagnostics"] = new JsonObject { ["batchId"] = Guid.NewGuid().ToString() },
            },
            ["dataVersion"] = "",
            ["metadataVersion"] = "1",
            ["eventTime"] = (blob.Properties.LastModified ?? eventTime).UtcDateTime,
        };
    }

    /// <summary>Orders the events of one blob when compared as text; it has no other meaning.</summary>
    private static string Sequencer(DateTimeOffset lastModified) => lastModified.UtcTicks.ToString("X32", CultureInfo.InvariantCulture);
}
