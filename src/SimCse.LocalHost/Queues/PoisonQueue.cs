using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace SimCse.LocalHost;

/// <summary>Where messages go that have failed too often, or cannot be read. The body is copied as it stands, without a reason.</summary>
internal sealed class PoisonQueue(QueueClient source, QueueClient poison, QueueWakeups wakeups)
{
    private const string Suffix = "-poison";

    /// <summary>The service's limit on a queue's name.</summary>
    private const int MaxNameLength = 63;

    /// <summary>Null for a queue that is itself for poison, and for one whose name leaves no room: those have none.</summary>
    public static string? NameFor(string queueName)
        => queueName.EndsWith(Suffix, StringComparison.Ordinal) || queueName.Length + Suffix.Length > MaxNameLength ? null : queueName + Suffix;

    /// <summary>Copies, then deletes: a crash between the two leaves the message twice, never lost.</summary>
    public async Task MoveAsync(QueueMessage message, string popReceipt)
    {
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync(message.MessageText);
        await source.DeleteMessageAsync(message.MessageId, popReceipt);
        wakeups.Wake(poison.Name);
    }
}
