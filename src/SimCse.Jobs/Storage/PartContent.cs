using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SimCse.Jobs.Storage;

/// <summary>Opens parts in storage as streams that can seek, with bounded memory.</summary>
public static class PartContent
{
    /// <summary>A part of the usual size comes in one request; a larger one in pieces of this size.</summary>
    private const int BufferBytes = 16 << 20;

    /// <exception cref="PermanentJobException">The part is gone.</exception>
    public static async Task<Stream> OpenAsync(BlobClient blob, long bytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blob);
        try
        {
            if (bytes > BufferBytes)
            {
                return await blob.OpenReadAsync(
                    new BlobOpenReadOptions(allowModifications: false) { BufferSize = BufferBytes }, cancellationToken);
            }

            var content = new MemoryStream(checked((int)bytes));
            await blob.DownloadToAsync(content, cancellationToken);
            content.Position = 0;
            return content;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new PermanentJobException(
                $"{blob.BlobContainerName}/{blob.Name} was deleted from storage; 'simcse jobs retry ID' makes it again.", e);
        }
    }
}
