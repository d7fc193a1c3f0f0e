using Azure;
using Azure.Storage.Blobs;

namespace SimCse.LocalHost;

/// <summary>A text in the host's own container, which keeps what must survive the host.</summary>
internal sealed class HostBlob(string connectionString, string name)
{
    /// <summary>The host's name in storage, which all local hosts of an account share.</summary>
    public const string HostId = "localhost";

    private readonly BlobContainerClient _container = new(connectionString, "azure-webjobs-hosts");

    /// <summary>Returns the text, or null if none was written yet.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await _container.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value.Content.ToString();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await _container.GetBlobClient(name).UploadAsync(BinaryData.FromString(text), overwrite: true, cancellationToken);
    }
}
