using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;

namespace SimCse.Jobs.Storage;

/// <summary>The containers and queues of one storage account, and the few ways in which jobs write to them. Thread-safe.</summary>
public sealed class JobStorage
{
    private const int BadRequest = 400;
    private const int Forbidden = 403;
    private const int NotFound = 404;
    private const int Conflict = 409;
    private const int PreconditionFailed = 412;

    /// <summary>By default the service drops a message after seven days; a long queue must not lose its last messages.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private JobStorage(BlobServiceClient blobs, QueueServiceClient queues)
    {
        Texts = blobs.GetBlobContainerClient(StorageNames.Texts);
        Embeddings = blobs.GetBlobContainerClient(StorageNames.Embeddings);
        Jobs = blobs.GetBlobContainerClient(StorageNames.Jobs);
        Models = blobs.GetBlobContainerClient(StorageNames.Models);
        PlanQueue = queues.GetQueueClient(StorageNames.PlanQueue);
        ShardsQueue = queues.GetQueueClient(StorageNames.ShardsQueue);
    }

    public BlobContainerClient Texts { get; }

    public BlobContainerClient Embeddings { get; }

    public BlobContainerClient Jobs { get; }

    public BlobContainerClient Models { get; }

    public QueueClient PlanQueue { get; }

    public QueueClient ShardsQueue { get; }

    /// <summary>Creates the clients without sending a request.</summary>
    public static JobStorage Connect(StorageConnection connection) => Connect(connection, policy: null);

    /// <param name="connection">The storage account.</param>
    /// <param name="policy">Sees every request once, before retries. Fault tests use it to end the requests of a process.</param>
    internal static JobStorage Connect(StorageConnection connection, HttpPipelinePolicy? policy)
    {
        ArgumentNullException.ThrowIfNull(connection);
        // With the slash at its beginning trimmed, "/a.txt" would be "a.txt".
        var (blobs, queues) = (new BlobClientOptions { TrimBlobNameSlashes = false }, new QueueClientOptions());
        if (policy is not null)
        {
            blobs.AddPolicy(policy, HttpPipelinePosition.PerCall);
            queues.AddPolicy(policy, HttpPipelinePosition.PerCall);
        }

        return new JobStorage(connection.CreateBlobs(blobs), connection.CreateQueues(queues));
    }

    /// <summary>
    /// Creates the containers and queues that do not exist yet. An identity that may not create them gets 403, which is ignored:
    /// infra/modules/storage.bicep has created them with the account.
    /// </summary>
    public async Task EnsureCreatedAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            UnlessForbiddenAsync(Texts.CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            UnlessForbiddenAsync(Embeddings.CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            UnlessForbiddenAsync(Jobs.CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            UnlessForbiddenAsync(Models.CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            UnlessForbiddenAsync(PlanQueue.CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            UnlessForbiddenAsync(ShardsQueue.CreateIfNotExistsAsync(cancellationToken: cancellationToken)));
    }

    private static async Task UnlessForbiddenAsync(Task creation)
    {
        try
        {
            await creation;
        }
        catch (RequestFailedException e) when (e.Status == Forbidden)
        {
        }
    }

    /// <summary>Whether the exception says that a blob or a container does not exist.</summary>
    internal static bool IsNotFound(RequestFailedException e) => e.Status == NotFound;

    /// <summary>Whether the exception says that a blob cannot have this name.</summary>
    internal static bool IsBadName(RequestFailedException e) => e.Status == BadRequest;

    /// <summary>An ETag as part of a job's identity, without quotation marks: headers have them, listings and events do not.</summary>
    internal static string Version(ETag etag) => etag.ToString().Trim('"');

    /// <summary>Whether an exception says that a condition on an ETag does not hold, or that a blob exists already.</summary>
    internal static bool IsConditionNotMet(RequestFailedException e) => e.Status is Conflict or PreconditionFailed;

    /// <summary>Writes a blob unless it exists already. Readers see all of it or nothing.</summary>
    /// <returns><see langword="false"/> when it existed already.</returns>
    internal static async Task<bool> TryCreateAsync(
        BlobContainerClient container, string name, Stream content, IDictionary<string, string>? metadata,
        CancellationToken cancellationToken)
    {
        try
        {
            await container.GetBlobClient(name).UploadAsync(
                content,
                new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All }, Metadata = metadata },
                cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (IsConditionNotMet(e))
        {
            return false;
        }
    }

    internal static async Task<bool> TryCreateAsync<T>(
        BlobContainerClient container, string name, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value, type));
        return await TryCreateAsync(container, name, content, metadata: null, cancellationToken);
    }

    internal static Task WriteAsync<T>(
        BlobContainerClient container, string name, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        container.GetBlobClient(name).UploadAsync(
            BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(value, type)), overwrite: true, cancellationToken);

    /// <summary>Sends a message that never expires.</summary>
    internal static Task SendAsync<T>(QueueClient queue, T message, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(queue, JsonSerializer.Serialize(message, type), cancellationToken);

    /// <summary>
    /// Sends text as a message that never expires; in base64 if it is not ASCII, since XML does not hold every character.
    /// </summary>
    internal static Task SendAsync(QueueClient queue, string message, CancellationToken cancellationToken) =>
        queue.SendMessageAsync(
            Ascii.IsValid(message) ? message : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(message)), timeToLive: Forever,
            cancellationToken: cancellationToken);

    /// <summary>About how many messages a queue holds, those in work included; 0 when there is no queue.</summary>
    internal static async Task<int> CountAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException e) when (IsNotFound(e))
        {
            return 0;
        }
    }

    /// <summary>Reads a JSON blob; <see langword="null"/> when it does not exist.</summary>
    internal static async Task<T?> TryReadAsync<T>(
        BlobContainerClient container, string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var content = await container.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            return JsonSerializer.Deserialize(content.Value.Content.ToMemory().Span, type);
        }
        catch (RequestFailedException e) when (IsNotFound(e))
        {
            return null;
        }
    }

    /// <summary>Reads a blob's properties; <see langword="null"/> when it does not exist.</summary>
    internal static async Task<BlobProperties?> TryGetPropertiesAsync(
        BlobContainerClient container, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await container.GetBlobClient(name).GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (IsNotFound(e))
        {
            return null;
        }
    }
}
