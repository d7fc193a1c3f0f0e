using System.Collections.Concurrent;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// Reads and writes <see cref="ShardsSent"/>, and remembers what it last saw, because most messages of a job need not look. Thread-safe.
/// </summary>
internal sealed class ShardsSentBlob(JobStorage storage, TimeProvider time)
{
    private const int Capacity = 64;

    private readonly ConcurrentDictionary<string, ShardsSent> _seen = new();

    /// <summary>What this process last saw; it may be out of date.</summary>
    public ShardsSent? Seen(string job) => _seen.GetValueOrDefault(job);

    /// <summary>The state and its ETag; <see langword="null"/> when nothing has been let in.</summary>
    /// <exception cref="InvalidDataException">The blob cannot be understood.</exception>
    public async Task<(ShardsSent State, ETag ETag)?> TryReadAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var name = StorageNames.Sent(manifest.Job);
        try
        {
            var content = await storage.Jobs.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            var state = Parse(content.Value.Content, name, manifest.Shards.Count);
            Remember(manifest.Job, state);
            return (state, content.Value.Details.ETag);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            return null;
        }
    }

    /// <summary>Writes the state over the one with this ETag, or as the first one when there is no ETag.</summary>
    /// <returns>The new ETag; <see langword="null"/> when another process was faster.</returns>
    public async Task<ETag?> TryWriteAsync(string job, ShardsSent state, ETag? over, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state with { At = time.GetUtcNow() }, JobsJson.Default.ShardsSent);
        var conditions = over is { } etag
            ? new BlobRequestConditions { IfMatch = etag }
            : new BlobRequestConditions { IfNoneMatch = ETag.All };
        try
        {
            var written = await storage.Jobs.GetBlobClient(StorageNames.Sent(job)).UploadAsync(
                BinaryData.FromBytes(json), new BlobUploadOptions { Conditions = conditions }, cancellationToken);
            Remember(job, state);
            return written.Value.ETag;
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
        {
            return null;
        }
    }

    private static ShardsSent Parse(BinaryData content, string name, int shards)
    {
        ShardsSent state;
        try
        {
            state = JsonSerializer.Deserialize(content.ToMemory().Span, JobsJson.Default.ShardsSent)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"The blob '{StorageNames.Jobs}/{name}' is not the JSON that was expected: {e.Message} Delete it, then cancel and retry " +
                "the job.",
                e);
        }

        return state.Version switch
        {
            0 => ShardsSent.None with { Sent = shards },
            ShardsSent.CurrentVersion => state,
            _ => throw new InvalidDataException(
                $"The blob '{StorageNames.Jobs}/{name}' is of a newer version of the app ({state.Version}; expected " +
                $"{ShardsSent.CurrentVersion})."),
        };
    }

    private void Remember(string job, ShardsSent state)
    {
        if (_seen.Count >= Capacity)
        {
            _seen.Clear();
        }

        _seen[job] = state;
    }
}
