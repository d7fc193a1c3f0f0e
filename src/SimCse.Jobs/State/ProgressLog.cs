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

    private static readonly Dictionary<string, string> Metadata = new()
    {
        [StoredRecord.VersionName] = StoredRecord.Version.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// Azurite counts the records before it appends one, so appends at once are told the same number. That many may be at once: whoever
    /// is told no less before the end asks again, and the last to ask sees all records.
    /// </summary>
    private const int MaxAtOnce = 64;

    /// <param name="job">The job's id.</param>
    /// <param name="record">The record of the finished shard.</param>
    /// <param name="shards">The number of the job's shards.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The number of records in the log now, duplicates included; <see cref="int.MaxValue"/> when the log is full.</returns>
    public async Task<int> AppendAsync(string job, ProgressRecord record, int shards, CancellationToken cancellationToken)
    {
        try
        {
            var records = await AppendAsync(job, record, cancellationToken);
            return records < shards && records + MaxAtOnce >= shards
                ? Math.Max(records, await CountAsync(job, cancellationToken))
                : records;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlockCountExceedsLimit)
        {
            return int.MaxValue;
        }
    }

    /// <returns>The number of records in the log, as the answer to the append says.</returns>
    private async Task<int> AppendAsync(string job, ProgressRecord record, CancellationToken cancellationToken)
    {
        var log = storage.Jobs.GetAppendBlobClient(StorageNames.Progress(job));
        using var bytes = new MemoryStream(record.ToBytes());
        try
        {
            return (await log.AppendBlockAsync(bytes, cancellationToken: cancellationToken)).Value.BlobCommittedBlockCount;
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            await log.CreateIfNotExistsAsync(metadata: Metadata, cancellationToken: cancellationToken);
            bytes.Position = 0;
            return (await log.AppendBlockAsync(bytes, cancellationToken: cancellationToken)).Value.BlobCommittedBlockCount;
        }
    }

    /// <summary>
    /// The first record of each shard, by shard. What this process has read before is not read again. A long log is read in pieces, because
    /// an append blob of thousands of blocks is slow to read as a whole.
    /// </summary>
    /// <exception cref="UnreadableRecordException">The log is of a newer version, or broken.</exception>
    public async Task<IReadOnlyDictionary<int, ProgressRecord>> ReadAsync(string job, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(job, Nothing);
        if (await DownloadAsync(job, known.Length, cancellationToken) is not { } log)
        {
            // There is nothing behind what is known, unless the log was dropped and begun again.
            if (known.Length == 0 || await LengthAsync(job, cancellationToken) >= known.Length)
            {
                return known.Records;
            }

            _known.TryRemove(job, out _);
            return await ReadAsync(job, cancellationToken);
        }

        var records = known.Records.ToBuilder();
        Parse(log.Bytes, records, JobStorage.BlobName(storage.Jobs, StorageNames.Progress(job)), log.ETag);
        if (_known.Count >= Capacity && !_known.ContainsKey(job))
        {
            _known.Clear();
        }

        var all = records.ToImmutable();
        _known[job] = (known.Length + log.Bytes.Length, all);
        return all;
    }

    private static void Parse(
        ReadOnlySpan<byte> log, ImmutableSortedDictionary<int, ProgressRecord>.Builder records, string name, ETag etag)
    {
        try
        {
            while (ProgressRecord.TryTake(ref log, out var record))
            {
                records.TryAdd(record.Shard, record);
            }
        }
        catch (InvalidDataException e)
        {
            throw UnreadableRecordException.Broken(name, e.Message, etag, inner: e);
        }

        if (!log.IsEmpty)
        {
            throw UnreadableRecordException.Broken(name, "it ends within a record.", etag);
        }
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
                records[shard] = ProgressRecord.FromMetadata(
                    shard, blob.Metadata, JobStorage.BlobName(storage.Embeddings, blob.Name));
            }
        }

        return records;
    }

    /// <summary>
    /// How many parts have each label of arithmetic; <see langword="null"/> when none has one. It lists them, 5,000 in a request.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, int>?> CountArithmeticsAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var folder = StorageNames.Output(manifest.Source, manifest.Job);
        await foreach (var blob in storage.Embeddings.GetBlobsAsync(
            new() { Prefix = $"{folder}part-", Traits = BlobTraits.Metadata }, cancellationToken))
        {
            if (blob.Metadata.TryGetValue(ProgressRecord.ArithmeticName, out var label))
            {
                counts[label] = counts.GetValueOrDefault(label) + 1;
            }
        }

        return counts.Count > 0 ? counts : null;
    }

    /// <summary>The number of records in the log.</summary>
    private async Task<int> CountAsync(string job, CancellationToken cancellationToken) =>
        Records(await LengthAsync(job, cancellationToken));

    private async Task<long> LengthAsync(string job, CancellationToken cancellationToken) =>
        (await JobStorage.TryGetPropertiesAsync(storage.Jobs, StorageNames.Progress(job), cancellationToken))?.ContentLength ?? 0;

    /// <summary>The log from an offset to its end, which the first answer tells; <see langword="null"/> when there is nothing.</summary>
    private async Task<(byte[] Bytes, ETag ETag)?> DownloadAsync(string job, long offset, CancellationToken cancellationToken)
    {
        var name = StorageNames.Progress(job);
        var log = storage.Jobs.GetAppendBlobClient(name);
        try
        {
            var first = await DownloadAsync(offset, cancellationToken);
            if (first.Details.Metadata.TryGetValue(StoredRecord.VersionName, out var version)
                && version != Metadata[StoredRecord.VersionName])
            {
                throw UnreadableRecordException.Newer(JobStorage.BlobName(storage.Jobs, name), version);
            }

            var end = long.Parse(first.Details.ContentRange.Split('/')[^1], CultureInfo.InvariantCulture);
            var pieces = new BinaryData[1 + ((end - offset - 1) / PieceBytes)];
            pieces[0] = first.Content;
            await Parallel.ForAsync(
                1, pieces.Length, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (i, token) => pieces[i] = (await DownloadAsync(offset + (i * PieceBytes), token)).Content);
            return ([.. pieces.SelectMany(piece => piece.ToArray())], first.Details.ETag);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || e.Status == RangeNotSatisfiable)
        {
            return null;
        }

        async Task<BlobDownloadResult> DownloadAsync(long from, CancellationToken token) =>
            await log.DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(from, PieceBytes) }, token);
    }

    /// <summary>The number of records in a log of this many bytes; <see cref="int.MaxValue"/> when it is full.</summary>
    public static int Records(long bytes) => bytes / ProgressRecord.Length is var records and < MaxRecords ? (int)records : int.MaxValue;
}
