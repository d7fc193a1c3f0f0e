using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Storage.Blobs;

namespace SimCse.LocalHost;

/// <summary>Keeps <see cref="TimerStatus"/> in the host's own container, where the host keeps it, so that a missed run is made up for.</summary>
internal sealed class TimerStatusStore(BlobContainerClient container)
{
    /// <summary>The host's name for itself in storage; every local host of an account shares it.</summary>
    private const string HostId = "localhost";

    public async Task<TimerStatus?> ReadAsync(FunctionMetadata function, CancellationToken cancellationToken)
    {
        try
        {
            var content = await Blob(function).DownloadContentAsync(cancellationToken);
            return TimerStatus.FromJson(JsonNode.Parse(content.Value.Content));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public async Task WriteAsync(FunctionMetadata function, TimerStatus status, CancellationToken cancellationToken)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await Blob(function).UploadAsync(BinaryData.FromString(status.ToJson().ToJsonString()), overwrite: true, cancellationToken);
    }

    private BlobClient Blob(FunctionMetadata function) => container.GetBlobClient($"timers/{HostId}/Host.Functions.{function.Name}/status");
}
