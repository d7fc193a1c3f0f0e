using System.Buffers;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace SimCse.Jobs.Storage;

/// <summary>
/// Writes a blob of any size with the memory of one block: full blocks go to storage while the blob is written. The blob appears whole when
/// it is committed, and never replaces an existing one. Without a commit it leaves nothing behind. Not thread-safe.
/// </summary>
internal sealed class BlobUpload : Stream
{
    /// <summary>
    /// A shard's part of a base model fits in one block, and so in one request instead of one per block and one for their list.
    /// </summary>
    public const int DefaultBlockBytes = 16 << 20;

    /// <summary>
    /// Keeps two blocks of each size for the next parts, because an app works on two shards at once. The shared pool would keep one for
    /// each thread that ever returned one.
    /// </summary>
    private static readonly ArrayPool<byte> Blocks = ArrayPool<byte>.Create(maxArrayLength: 1 << 30, maxArraysPerBucket: 2);

    private const int SmallestGrowingBlock = 1_000;

    /// <summary>Part of each block's id. Ids within a blob must have equal length; those of two writers at once must differ.</summary>
    private readonly string _writer = Guid.NewGuid().ToString("N");

    private readonly BlockBlobClient _blob;
    private readonly int _blockBytes;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _blocks = [];
    private byte[] _block = [];
    private int _filled;

    public BlobUpload(BlobContainerClient container, string name, int blockBytes)
    {
        _blob = container.GetBlockBlobClient(name);
        _blockBytes = blockBytes;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => BytesWritten;

    public override long Position
    {
        get => BytesWritten;
        set => throw new NotSupportedException();
    }

    public long BytesWritten { get; private set; }

    /// <summary>The blob's name.</summary>
    public string Name => _blob.Name;

    /// <summary>The size of the blob that existed already.</summary>
    public async Task<long> ExistingBytesAsync(CancellationToken cancellationToken) =>
        (await _blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;

    /// <summary>The SHA-256 of all bytes written so far, in hexadecimal.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hash.AppendData(buffer.Span);
        BytesWritten += buffer.Length;
        while (buffer.Length > 0)
        {
            if (_filled == _block.Length)
            {
                await StageAsync(cancellationToken);
                Rent(NextBlockBytes);
            }

            var count = Math.Min(buffer.Length, _block.Length - _filled);
            buffer[..count].CopyTo(_block.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Sends what is left and gives its memory back; only the commit can follow. The blob stays invisible until then.</summary>
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        await StageAsync(cancellationToken);
        Rent(0);
    }

    /// <summary>Makes the blob visible, unless one exists already.</summary>
    /// <returns><see langword="false"/> when a blob existed already; then the written bytes are dropped.</returns>
    public async Task<bool> TryCommitAsync(IDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
        try
        {
            if (_blocks.Count == 0)
            {
                using var content = new MemoryStream(_block, 0, _filled, writable: false);
                await _blob.UploadAsync(content, new BlobUploadOptions { Conditions = conditions, Metadata = metadata }, cancellationToken);
            }
            else
            {
                await StageAsync(cancellationToken);
                await _blob.CommitBlockListAsync(
                    _blocks, new CommitBlockListOptions { Conditions = conditions, Metadata = metadata }, cancellationToken);
            }

            return true;
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
        {
            await JobStorage.EnsureExistsAsync(_blob, e, cancellationToken);
            return false;
        }
    }

    public override void Flush()
    {
        // A block is sent when it is full, and the rest with the commit.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Storage is written to asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Rent(0);
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A blob has at most 50,000 blocks. They grow, so that every size which storage accepts fits.</summary>
    private int NextBlockBytes => _blockBytes * (1 + (_blocks.Count / SmallestGrowingBlock));

    private async Task StageAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0)
        {
            return;
        }

        var id = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{_writer}-{_blocks.Count:00000}"));
        using var content = new MemoryStream(_block, 0, _filled, writable: false);
        await _blob.StageBlockAsync(id, content, cancellationToken: cancellationToken);
        _blocks.Add(id);
        _filled = 0;
    }

    private void Rent(int bytes)
    {
        if (_block.Length >= bytes && bytes > 0)
        {
            return;
        }

        if (_block.Length > 0)
        {
            Blocks.Return(_block);
        }

        _block = bytes > 0 ? Blocks.Rent(bytes) : [];
    }
}
