using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Blobs;

/// <summary>
/// Replaces Event Grid for Azurite: lists a container repeatedly and announces every new blob and every new ETag on a queue. Like Event
/// Grid it delivers at least once: an event is recorded as sent only after it was sent, and after a restart the events of the last seconds
/// are sent again.
/// </summary>
internal sealed class BlobEventSource(
    BlobContainerClient container, QueueClient queue, HostBlob state, TimeSpan scanInterval, Action<string>? onNoticed,
    TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Last-Modified has a resolution of one second.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(2);

    /// <summary>Keeps Japanese names of blobs readable.</summary>
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, ETag> _announced = new(StringComparer.Ordinal);

    /// <summary>An earlier run announced all blobs older than this. Only the first complete scan needs it.</summary>
    private DateTimeOffset _resumeFrom;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: stopping);
            await queue.CreateIfNotExistsAsync(cancellationToken: stopping);
            var announcedUpTo = await state.ReadAsync(stopping);
            _resumeFrom = announcedUpTo is null
                ? DateTimeOffset.MinValue
                : DateTimeOffset.Parse(announcedUpTo, CultureInfo.InvariantCulture) - Overlap;
            while (true)
            {
                await TryScanAsync(stopping);
                await Task.Delay(scanInterval, timeProvider, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    private async Task TryScanAsync(CancellationToken stopping)
    {
        try
        {
            await ScanAsync(stopping);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            Log.BlobsNotListed(logger, e, container.Name);
        }
    }

    private async Task ScanAsync(CancellationToken stopping)
    {
        DateTimeOffset? begun = null;
        var sent = false;
        var present = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in container.GetBlobsAsync(cancellationToken: stopping).AsPages())
        {
            // Storage's own clock is used: the listing contains whatever was written before it began.
            begun ??= page.GetRawResponse().Headers.Date ?? timeProvider.GetUtcNow();
            foreach (var blob in page.Values)
            {
                present.Add(blob.Name);
                sent |= await AnnounceAsync(blob, stopping);
            }
        }

        foreach (var deleted in _announced.Keys.Where(name => !present.Contains(name)).ToList())
        {
            _announced.Remove(deleted);
        }

        _resumeFrom = DateTimeOffset.MinValue;
        if (sent)
        {
            await state.WriteAsync(begun!.Value.ToString("O", CultureInfo.InvariantCulture), stopping);
        }
    }

    private async Task<bool> AnnounceAsync(BlobItem blob, CancellationToken stopping)
    {
        var etag = blob.Properties.ETag ?? default;
        if (_announced.TryGetValue(blob.Name, out var known) && known == etag)
        {
            return false;
        }

        var isNew = blob.Properties.LastModified is not { } modified || modified >= _resumeFrom;
        if (isNew)
        {
            var json = BlobCreatedEvent.Create(container, blob, timeProvider.GetUtcNow()).ToJsonString(Json);
            await queue.SendMessageAsync(json, stopping);
            onNoticed?.Invoke(blob.Name);
            Log.BlobAnnounced(logger, blob.Name, queue.Name);
        }

        _announced[blob.Name] = etag;
        return isNew;
    }
}
