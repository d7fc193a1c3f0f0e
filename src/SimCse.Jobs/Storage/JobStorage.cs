using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Xml;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;

namespace SimCse.Jobs.Storage;

/// <summary>The containers and queues of one storage account, and the few ways in which jobs write to them. Thread-safe.</summary>
public sealed class JobStorage
{
    private const int Unauthorized = 401;
    private const int Forbidden = 403;
    private const int RequestTimeout = 408;
    private const int TooManyRequests = 429;
    private const int InternalError = 500;

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

    /// <summary>A blob's container and name, for messages.</summary>
    internal static string BlobName(BlobContainerClient container, string name) => $"{container.Name}/{name}";

    /// <summary>Whether storage itself says that a blob or a container does not exist; a 404 from elsewhere says nothing.</summary>
    internal static bool IsNotFound(RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.BlobNotFound || e.ErrorCode == BlobErrorCode.ContainerNotFound
            || e.ErrorCode == BlobErrorCode.ResourceNotFound;

    /// <summary>Whether storage says that a blob cannot have this name; other things than names are refused with 400, too.</summary>
    internal static bool IsBadName(RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.InvalidResourceName || e.ErrorCode == BlobErrorCode.InvalidUri
            || e.ErrorCode == BlobErrorCode.OutOfRangeInput || e.ErrorCode == BlobErrorCode.InvalidInput
            || e.ErrorCode == BlobErrorCode.RequestUrlFailedToParse;

    /// <summary>
    /// Whether storage is out of reach, overloaded, or refuses this identity: nothing is known about the blob that was asked for, and
    /// asking for the next one would fail, too.
    /// </summary>
    internal static bool IsOutage(Exception e) => e switch
    {
        RequestFailedException { Status: 0 or Unauthorized or Forbidden or RequestTimeout or TooManyRequests or >= InternalError } => true,
        AggregateException { InnerException: { } inner } => IsOutage(inner), // every try of the client's failed
        AuthenticationFailedException or IOException or HttpRequestException or TimeoutException => true,
        OperationCanceledException or XmlException => true, // XML that cannot be read is not of storage
        _ => false,
    };

    /// <summary>The error in a line. The SDK's messages continue with the headers of the answer.</summary>
    internal static string Describe(Exception e) => e switch
    {
        AggregateException { InnerException: { } inner } => Describe(inner),
        RequestFailedException { Status: 0 } => $"Storage does not answer: {FirstLine(e)}",
        RequestFailedException failed => $"Storage answered {failed.Status} {failed.ErrorCode}: {FirstLine(e)}",
        XmlException => $"Storage gave an answer that is not the XML that was expected: {e.Message}",
        _ => e.Message,
    };

    private static string FirstLine(Exception e) => e.Message.Trim().Split('\n')[0].TrimEnd();

    /// <summary>An ETag as part of a job's identity, without quotation marks: headers have them, listings and events do not.</summary>
    internal static string Version(ETag etag) => etag.ToString().Trim('"');

    /// <summary>
    /// Whether storage says that a condition on an ETag does not hold, or that a blob exists already. Leases, snapshots, a blob of another
    /// type or a container that is being deleted have the same statuses, and are errors.
    /// </summary>
    internal static bool IsConditionNotMet(RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.BlobAlreadyExists || e.ErrorCode == BlobErrorCode.ConditionNotMet
            || e.ErrorCode == BlobErrorCode.TargetConditionNotMet;

    /// <summary>Checks that what storage takes for existing does exist: otherwise its writer would lose what it wrote.</summary>
    /// <exception cref="IOException">The blob does not exist.</exception>
    internal static async Task EnsureExistsAsync(BlobBaseClient blob, Exception refusal, CancellationToken cancellationToken)
    {
        if (!await blob.ExistsAsync(cancellationToken))
        {
            throw new IOException($"Storage refused to write '{blob.Name}' because it exists already, and does not have it.", refusal);
        }
    }

    /// <summary>Writes a blob unless it exists already. Readers see all of it or nothing.</summary>
    /// <returns><see langword="false"/> when it existed already.</returns>
    internal static async Task<bool> TryCreateAsync(
        BlobContainerClient container, string name, Stream content, IDictionary<string, string>? metadata,
        CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(name);
        try
        {
            await blob.UploadAsync(
                content,
                new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All }, Metadata = metadata },
                cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (IsConditionNotMet(e))
        {
            await EnsureExistsAsync(blob, e, cancellationToken);
            return false;
        }
    }

    internal static async Task<bool> TryCreateAsync<T>(
        BlobContainerClient container, string name, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(StoredRecord.Write(value, type));
        return await TryCreateAsync(container, name, content, metadata: null, cancellationToken);
    }

    /// <summary>Deletes a blob if it still has this ETag; whichever it has, if there is none to compare.</summary>
    internal static async Task TryDeleteAsync(
        BlobContainerClient container, string name, ETag? etag, CancellationToken cancellationToken)
    {
        try
        {
            await container.GetBlobClient(name).DeleteIfExistsAsync(
                conditions: new BlobRequestConditions { IfMatch = etag }, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (IsConditionNotMet(e))
        {
            // It is another one by now.
        }
    }

    internal static Task WriteAsync<T>(
        BlobContainerClient container, string name, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        container.GetBlobClient(name).UploadAsync(
            BinaryData.FromBytes(StoredRecord.Write(value, type)), overwrite: true, cancellationToken);

    /// <summary>Sends a message that never expires, and that nobody sees for a while if <paramref name="pause"/> says so.</summary>
    internal static Task SendAsync<T>(
        QueueClient queue, T message, JsonTypeInfo<T> type, CancellationToken cancellationToken, TimeSpan? pause = null) =>
        SendAsync(queue, JsonSerializer.Serialize(message, type), cancellationToken, pause);

    /// <summary>
    /// Sends text as a message that never expires; in base64 if it is not ASCII, since XML does not hold every character.
    /// </summary>
    internal static Task SendAsync(
        QueueClient queue, string message, CancellationToken cancellationToken, TimeSpan? pause = null) =>
        queue.SendMessageAsync(
            Ascii.IsValid(message) ? message : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(message)), pause, Forever,
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

    /// <summary>Reads a record; <see langword="null"/> when it does not exist.</summary>
    /// <param name="container">The record's container.</param>
    /// <param name="name">The record's name.</param>
    /// <param name="type">The record's type.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="check">Returns what is wrong with the record, if anything.</param>
    /// <exception cref="UnreadableRecordException">The record is of a newer version, or broken.</exception>
    internal static async Task<T?> TryReadAsync<T>(
        BlobContainerClient container, string name, JsonTypeInfo<T> type, CancellationToken cancellationToken,
        Func<T, string?>? check = null)
        where T : class
    {
        try
        {
            var content = await container.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            var (blob, etag) = (BlobName(container, name), content.Value.Details.ETag);
            var record = StoredRecord.Read(content.Value.Content, type, blob, etag);
            return check?.Invoke(record) is { } problem
                ? throw UnreadableRecordException.Broken(blob, problem, etag, content.Value.Content.ToMemory())
                : record;
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
