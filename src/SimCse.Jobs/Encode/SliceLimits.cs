using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// How much of a shard is encoded and written at a time: as much as a shard holds at first. Shards have several slices only when their
/// source has more than 20,000 times as much, and they then need no more memory. The writer cuts a slice again into row groups
/// (<see cref="Parts.PartWriter.MaxRowsPerGroup"/>).
/// </summary>
/// <param name="Texts">The most lines of a slice, texts and error rows together.</param>
/// <param name="Bytes">The most bytes of a slice's lines. A longer line is a slice of its own.</param>
/// <param name="BlockBytes">The block size of the part. A larger part goes to storage in blocks, a smaller one in one request.</param>
internal sealed record SliceLimits(int Texts, long Bytes, int BlockBytes)
{
    /// <summary>How long a shard is encoded before it tells how far it is.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(5);

    public static readonly SliceLimits Default = new(ShardSlice.MaxLines, ShardSlice.MaxBytes, BlobUpload.DefaultBlockBytes);
}
