using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace SimCse.Jobs.Storage;

/// <summary>A storage account as in the Functions host's settings: a connection string (Azurite) or an identity (Azure).</summary>
/// <param name="ConnectionString">The connection string; <see langword="null"/> when an identity is used.</param>
/// <param name="BlobServiceUri">The blob service's address; used with an identity only.</param>
/// <param name="QueueServiceUri">The queue service's address; used with an identity only.</param>
/// <param name="ClientId">The client id of a user-assigned identity; <see langword="null"/> for the system's or the developer's.</param>
public sealed record StorageConnection(string? ConnectionString, Uri? BlobServiceUri, Uri? QueueServiceUri, string? ClientId)
{
    public const string SettingName = "AzureWebJobsStorage";

    /// <summary>Reads the settings <c>AzureWebJobsStorage</c> or <c>AzureWebJobsStorage__accountName</c> and its siblings.</summary>
    /// <param name="setting">Returns a setting by its name, with double underscores as in the environment.</param>
    /// <exception cref="InvalidOperationException">Neither setting exists. The message says what to set.</exception>
    public static StorageConnection FromSettings(Func<string, string?> setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (setting(SettingName) is { Length: > 0 } connectionString)
        {
            return FromConnectionString(connectionString);
        }

        var account = setting($"{SettingName}__accountName");
        var blobs = setting($"{SettingName}__blobServiceUri")
            ?? (account is { Length: > 0 } ? $"https://{account}.blob.core.windows.net" : null);
        var queues = setting($"{SettingName}__queueServiceUri")
            ?? (account is { Length: > 0 } ? $"https://{account}.queue.core.windows.net" : null);
        return blobs is not null && queues is not null
            ? new StorageConnection(null, new Uri(blobs), new Uri(queues), setting($"{SettingName}__clientId"))
            : throw new InvalidOperationException(
                $"No storage account: set {SettingName} to a connection string (Azurite: UseDevelopmentStorage=true) " +
                $"or {SettingName}__accountName to an account's name.");
    }

    public static StorageConnection FromConnectionString(string connectionString) => new(connectionString, null, null, null);

    internal BlobServiceClient CreateBlobs(BlobClientOptions options) => ConnectionString is null
        ? new BlobServiceClient(BlobServiceUri, Credential(), options)
        : new BlobServiceClient(ConnectionString, options);

    internal QueueServiceClient CreateQueues(QueueClientOptions options) => ConnectionString is null
        ? new QueueServiceClient(QueueServiceUri, Credential(), options)
        : new QueueServiceClient(ConnectionString, options);

    private TokenCredential Credential() => ClientId is { Length: > 0 }
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(ClientId))
        : new DefaultAzureCredential();
}
