using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
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
    private const int RangeNotSatisfiable = 416;
    private const long PieceBytes = 256 * ProgressRecord.Length;
    private const int Parallelism = 4;

    /// <summary>The logs of so many jobs are kept; that of 20,000 shards takes some megabytes.</summary>
    private const int Capacity = 4;

    private static readonly (long Length, ImmutableSortedDictionary<int, ProgressRecord> Records) Nothing =
        (0, ImmutableSortedDictionary<int, ProgressRecord>.Empty);

    private readonly ConcurrentDictionary<string, (long Length, ImmutableSortedDictionary<int, ProgressRecord> Records)> _known = new();

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

    /// <summary>
    /// The first record of each shard, by shard. What this process has read before is not read again. A long log is read in pieces, because
    /// an append blob of thousands of blocks is slow to read as a whole.
    /// </summary>
    public async Task<IReadOnlyDictionary<int, ProgressRecord>> ReadAsync(string job, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(job, Nothing);
        var records = known.Records.ToBuilder();
        var length = known.Length;
        foreach (var piece in await DownloadAsync(job, known.Length, cancellationToken))
        {
            length += piece.ToMemory().Length;
            for (var bytes = piece.ToMemory(); bytes.Length > 0; bytes = bytes[ProgressRecord.Length..])
            {
                var record = ProgressRecord.Parse(bytes.Span[..ProgressRecord.Length]);
                records.TryAdd(record.Shard, record);
            }
        }

        if (_known.Count >= Capacity && !_known.ContainsKey(job))
        {
            _known.Clear();
        }

        var all = records.ToImmutable();
        _known[job] = (length, all);
        return all;
    }

    /// <summary>
    /// The records from the metadata of the parts. A listing for each 5,000 parts is expensive. It is for a log that repeated deliveries of
    /// the same shards have filled before it held all shards.
    /// </summary>
    public async Task<IReadOnlyDictionary<int, ProgressRecord>> ReadPartsAsync(JobManifest manifest, CancellationToken cancellationToken)
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

    /// <summary>The number of records in the log.</summary>
    public async Task<int> CountAsync(string job, CancellationToken cancellationToken)
    {
        var log = await JobStorage.TryGetPropertiesAsync(storage.Jobs, StorageNames.Progress(job), cancellationToken);
        return log is null ? 0 : Records(log.ContentLength);
    }

    /// <summary>The log from an offset to its end. The first answer tells how long it is.</summary>
    private async Task<IReadOnlyList<BinaryData>> DownloadAsync(string job, long offset, CancellationToken cancellationToken)
    {
        var log = storage.Jobs.GetAppendBlobClient(StorageNames.Progress(job));
        try
        {
            var first = await DownloadAsync(offset, cancellationToken);
            var end = long.Parse(first.Details.ContentRange.Split('/')[^1], CultureInfo.InvariantCulture);
            var pieces = new BinaryData[1 + ((end - offset - 1) / PieceBytes)];
            pieces[0] = first.Content;
            await Parallel.ForAsync(
                1, pieces.Length, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (i, token) => pieces[i] = (await DownloadAsync(offset + (i * PieceBytes), token)).Content);
            return pieces;
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || e.Status == RangeNotSatisfiable)
        {
            return []; // nothing is finished yet, or nothing more
        }

        async Task<BlobDownloadResult> DownloadAsync(long from, CancellationToken token) =>
            await log.DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(from, PieceBytes) }, token);
    }

    /// <summary>The number of records in a log of this many bytes; <see cref="int.MaxValue"/> when it is full.</summary>
    public static int Records(long bytes) => bytes / ProgressRecord.Length is var records and < MaxRecords ? (int)records : int.MaxValue;
}
