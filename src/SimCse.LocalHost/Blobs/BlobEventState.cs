using System.Globalization;
using Azure;
using Azure.Storage.Blobs;

namespace SimCse.LocalHost;

/// <summary>The time up to which all blobs of a container have been announced, kept in the host's own container.</summary>
internal sealed class BlobEventState(BlobContainerClient hostContainer, string containerName)
{
    private BlobClient Blob => hostContainer.GetBlobClient($"blob-events/{containerName}");

    /// <summary>Null when nothing was announced yet.</summary>
    public async Task<DateTimeOffset?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var text = (await Blob.DownloadContentAsync(cancellationToken)).Value.Content.ToString();
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    public async Task WriteAsync(DateTimeOffset announcedUpTo, CancellationToken cancellationToken)
    {
        await hostContainer.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await Blob.UploadAsync(BinaryData.FromString(announcedUpTo.ToString("O", CultureInfo.InvariantCulture)), overwrite: true, cancellationToken);
    }
}
