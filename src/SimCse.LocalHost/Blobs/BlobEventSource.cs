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
/// Replaces Event Grid for Azurite: lists a container repeatedly and announces every new blob, every new ETag and every blob that is gone
/// on a queue; one that went while the host was not running is left to Reconcile. Like Event Grid it delivers at least once: an event is
/// recorded as sent only after it was sent, and after a restart the events of the last seconds are sent again.
/// </summary>
internal sealed class BlobEventSource(
    BlobContainerClient container, QueueClient queue, HostBlob state, TimeSpan scanInterval, Action<string>? onNoticed,
    TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Last-Modified has a resolution of one second.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(2);

    /// <summary>Keeps Japanese names of blobs readable.</summary>
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly TimeSpan NoExpiry = TimeSpan.FromSeconds(-1);

    private readonly Dictionary<string, ETag> _announced = new(StringComparer.Ordinal);
    private readonly BlobListing _listing = new(container, logger);
    private string? _lastFailure;

    /// <summary>An earlier run announced all blobs older than this. Only the first complete scan needs it.</summary>
    private DateTimeOffset _resumeFrom;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            for (var isPrepared = false; ; await Task.Delay(scanInterval, timeProvider, stopping))
            {
                isPrepared = await TryAsync(isPrepared ? ScanAsync : PrepareAsync, stopping) || isPrepared;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    /// <summary>Whatever storage answers, the host goes on and tries again. A failure that repeats is said once.</summary>
    private async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken stopping)
    {
        try
        {
            await step(stopping);
            _lastFailure = null;
            return true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (_lastFailure != e.Message)
            {
                _lastFailure = e.Message;
                Log.BlobsNotListed(logger, e, container.Name);
            }

            return false;
        }
    }

    private async Task PrepareAsync(CancellationToken stopping)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: stopping);
        await queue.CreateIfNotExistsAsync(cancellationToken: stopping);
        // Without a time that can be read, all blobs are announced: their jobs are there already, and nothing is encoded twice.
        _resumeFrom = DateTimeOffset.TryParse(await state.ReadAsync(stopping), CultureInfo.InvariantCulture, out var announcedUpTo)
            && announcedUpTo - DateTimeOffset.MinValue > Overlap ? announcedUpTo - Overlap : DateTimeOffset.MinValue;
        await ScanAsync(stopping);
    }

    private async Task ScanAsync(CancellationToken stopping)
    {
        DateTimeOffset? begun = null;
        var sent = false;
        var present = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in _listing.PagesAsync(stopping))
        {
            // Storage's own clock is used: the listing contains whatever was written before it began.
            begun ??= page.GetRawResponse()?.Headers.Date ?? timeProvider.GetUtcNow();
            foreach (var blob in page.Values)
            {
                present.Add(blob.Name);
                sent |= await TryAnnounceAsync(blob, stopping);
            }
        }

        foreach (var deleted in _announced.Keys.Where(name => !present.Contains(name)).ToList())
        {
            await SendAsync(BlobEvent.Deleted(container, deleted, begun ?? timeProvider.GetUtcNow()), stopping);
            _announced.Remove(deleted);
        }

        _resumeFrom = DateTimeOffset.MinValue;
        if (sent)
        {
            await state.WriteAsync(begun!.Value.ToString("O", CultureInfo.InvariantCulture), stopping);
        }
    }

    /// <summary>A blob of which no event can be made is named once, and keeps no other from being announced.</summary>
    private async Task<bool> TryAnnounceAsync(BlobItem blob, CancellationToken stopping)
    {
        try
        {
            return await AnnounceAsync(blob, stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested && !StorageFailure.Is(e) && e is not OperationCanceledException)
        {
            Log.BlobNotAnnounced(logger, e, blob.Name);
            _announced[blob.Name] = blob.Properties.ETag ?? default;
            return false;
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
            await SendAsync(BlobEvent.Created(container, blob, timeProvider.GetUtcNow()), stopping);
            onNoticed?.Invoke(blob.Name);
            Log.BlobAnnounced(logger, blob.Name, queue.Name);
        }

        _announced[blob.Name] = etag;
        return isNew;
    }

    private async Task SendAsync(System.Text.Json.Nodes.JsonObject @event, CancellationToken stopping) =>
        await queue.SendMessageAsync(@event.ToJsonString(Json), timeToLive: NoExpiry, cancellationToken: stopping);
}
