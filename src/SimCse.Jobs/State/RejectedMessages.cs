using System.Globalization;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>A queue message that names no job, kept for users in <c>jobs/poison/</c>.</summary>
/// <param name="Queue">The queue that the message came from.</param>
/// <param name="Body">The beginning of the message.</param>
/// <param name="Reason">What was found and what was expected.</param>
/// <param name="At">When the message was recorded.</param>
public sealed record RejectedMessage(string Queue, string Body, string Reason, DateTimeOffset At);

/// <summary>Records and lists rejected messages. Thread-safe.</summary>
internal sealed class RejectedMessages(JobStorage storage, TimeProvider time, ILogger<RejectedMessages> logger)
{
    private const int MaxBodyLength = 4096;
    private const int MaxListed = 100;

    public async Task AddAsync(string queue, string body, string reason, CancellationToken cancellationToken)
    {
        Log.MessageRejected(logger, queue, reason);
        body = MessageText.Decode(body); // for people to read
        var at = time.GetUtcNow();
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{StorageNames.Poison}{queue}/{at:yyyyMMdd'T'HHmmssfff}-{Guid.NewGuid():N}.json");
        var rejected = new RejectedMessage(
            queue, NamedMembers.Shorten(body, MaxBodyLength), NamedMembers.Shorten(reason, MaxBodyLength), at);
        await JobStorage.WriteAsync(storage.Jobs, name, rejected, JobsJson.Default.RejectedMessage, cancellationToken);
    }

    /// <summary>The newest messages of each queue, newest first.</summary>
    public static async Task<IReadOnlyList<RejectedMessage>> ListAsync(JobStorage storage, CancellationToken cancellationToken)
    {
        var messages = new List<RejectedMessage>();
        foreach (var queue in (string[])[StorageNames.PlanQueue, StorageNames.ShardsQueue])
        {
            var blobs = new List<BlobItem>();
            await foreach (var blob in storage.Jobs.GetBlobsAsync(new() { Prefix = $"{StorageNames.Poison}{queue}/" }, cancellationToken))
            {
                blobs.Add(blob);
            }

            foreach (var blob in blobs.TakeLast(MaxListed))
            {
                if (await TryReadAsync(storage, queue, blob, cancellationToken) is { } message)
                {
                    messages.Add(message);
                }
            }
        }

        return [.. messages.OrderByDescending(message => message.At)];
    }

    private static async Task<RejectedMessage?> TryReadAsync(
        JobStorage storage, string queue, BlobItem blob, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(storage.Jobs, blob.Name, JobsJson.Default.RejectedMessage, cancellationToken);
        }
        catch (UnreadableRecordException e)
        {
            return new RejectedMessage(queue, "", e.Message, blob.Properties.LastModified.GetValueOrDefault());
        }
    }
}
