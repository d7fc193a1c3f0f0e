using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Planning;

/// <summary>
/// Writes a job's staged text as blocks, committed once: shards never see half of it, and a repeated plan never replaces what shards of the
/// first are reading. Not thread-safe.
/// </summary>
internal sealed class StagedText(BlobContainerClient container, string name) : IDisposable
{
    private const int BlockBytes = 4 << 20;
    private const int SmallestGrowingBlock = 1_000;

    /// <summary>Blocks of one blob have ids of equal length; those of two writers at once must differ.</summary>
    private readonly string _writer = Guid.NewGuid().ToString("N");

    private readonly BlockBlobClient _blob = container.GetBlockBlobClient(name);
    private readonly List<string> _blocks = [];
    private readonly MemoryStream _block = new(BlockBytes);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _block.Write(bytes.Span);
        if (_block.Length >= NextBlockBytes)
        {
            await StageAsync(cancellationToken);
        }
    }

    /// <summary>Makes the text visible, unless another plan of the same job has: its bytes are the same.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await StageAsync(cancellationToken);
        try
        {
            await _blob.CommitBlockListAsync(
                _blocks, new CommitBlockListOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e))
        {
            // Staged already.
        }
    }

    public void Dispose() => _block.Dispose();

    /// <summary>A blob has at most 50,000 blocks: they grow, so that 5 TB fit.</summary>
    private long NextBlockBytes => (long)BlockBytes * (1 + (_blocks.Count / SmallestGrowingBlock));

    private async Task StageAsync(CancellationToken cancellationToken)
    {
        if (_block.Length == 0)
        {
            return;
        }

        var id = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{_writer}-{_blocks.Count:00000}"));
        _block.Position = 0;
        await _blob.StageBlockAsync(id, _block, cancellationToken: cancellationToken);
        _blocks.Add(id);
        _block.SetLength(0);
    }
}
