using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// The append blob <c>jobs/{job}/progress</c>: one record for each finished shard, or more when a shard was delivered twice. A caller that
/// sees enough records reads them, so that parts need not be listed. Thread-safe.
/// </summary>
internal sealed class ProgressLog(JobStorage storage)
{
    private const string BlockCountExceedsLimit = "BlockCountExceedsLimit";
    private const int MaxRecords = 50_000; // of an append blob

    /// <returns>The number of records in the log now, duplicates included; <see cref="int.MaxValue"/> when the log is full.</returns>
    public async Task<int> AppendAsync(string job, ProgressRecord record, CancellationToken cancellationToken)
    {
        var log = storage.Jobs.GetAppendBlobClient(StorageNames.Progress(job));
        while (true)
        {
            try
            {
                using var bytes = new MemoryStream(record.ToBytes());
                var appended = await log.AppendBlockAsync(bytes, cancellationToken: cancellationToken);
                return appended.Value.BlobCommittedBlockCount;
            }
            catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
            {
                await log.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException e) when (e.ErrorCode == BlockCountExceedsLimit)
            {
                return int.MaxValue;
            }
        }
    }

    /// <summary>The first record of each shard, by shard.</summary>
    public async Task<SortedDictionary<int, ProgressRecord>> ReadAsync(string job, CancellationToken cancellationToken)
    {
        var records = new SortedDictionary<int, ProgressRecord>();
        try
        {
            var content = await storage.Jobs.GetAppendBlobClient(StorageNames.Progress(job)).DownloadContentAsync(cancellationToken);
            var bytes = content.Value.Content.ToMemory();
            for (var offset = 0; offset + ProgressRecord.Length <= bytes.Length; offset += ProgressRecord.Length)
            {
                var record = ProgressRecord.Parse(bytes.Span.Slice(offset, ProgressRecord.Length));
                records.TryAdd(record.Shard, record);
            }
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            // Nothing is finished yet.
        }

        return records;
    }

    /// <summary>
    /// The records from the metadata of the parts. A listing for each 5,000 parts is expensive. It is for a log that repeated deliveries of
    /// the same shards have filled before it held all shards.
    /// </summary>
    public async Task<SortedDictionary<int, ProgressRecord>> ReadPartsAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var records = new SortedDictionary<int, ProgressRecord>();
        var shards = Enumerable.Range(0, manifest.Shards.Count)
            .ToDictionary(shard => StorageNames.Part(manifest.Source, manifest.Job, shard));
        var options = new GetBlobsOptions { Prefix = StorageNames.Output(manifest.Source, manifest.Job), Traits = BlobTraits.Metadata };
        await foreach (var blob in storage.Embeddings.GetBlobsAsync(options, cancellationToken))
        {
            if (shards.TryGetValue(blob.Name, out var shard))
            {
                records[shard] = ProgressRecord.FromMetadata(shard, blob.Metadata);
            }
        }

        return records;
    }

    /// <summary>The number of records in a log of this many bytes; <see cref="int.MaxValue"/> when it is full.</summary>
    public static int Records(long bytes) => bytes / ProgressRecord.Length is var records and < MaxRecords ? (int)records : int.MaxValue;
}
