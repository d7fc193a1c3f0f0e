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
/// Plays Event Grid's part for Azurite: lists a container again and again and announces every new blob and every new ETag on a queue. Like
/// Event Grid it delivers at least once: an event is noted as sent after it was sent, and after a restart the last seconds are announced
/// again.
/// </summary>
internal sealed class BlobEventSource(
    BlobContainerClient container, QueueClient queue, HostBlob state, TimeSpan scanInterval, Action<string>? onNoticed,
    TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Last-Modified counts whole seconds.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(2);

    /// <summary>Names of blobs stay readable.</summary>
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, ETag> _announced = new(StringComparer.Ordinal);

    /// <summary>Blobs older than this were announced by an earlier run; only the first complete scan has to ask.</summary>
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
            // The host stops.
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
            // Storage's clock: whatever was written before the listing began is in it.
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
