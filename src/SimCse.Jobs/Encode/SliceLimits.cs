using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// How much of a shard is encoded and written at a time: as much as a shard holds to begin with. Only the shards of a source that has more
/// than 20,000 times as much have more than one slice, and they need no more memory. The writer cuts a slice again into row groups
/// (<see cref="Parts.PartWriter.MaxRowsPerGroup"/>).
/// </summary>
/// <param name="Texts">Error rows count.</param>
/// <param name="Bytes">Of their lines; a longer line is a slice of its own.</param>
/// <param name="BlockBytes">Of the part: what is larger goes to storage in blocks of this size, what is smaller in one request.</param>
internal sealed record SliceLimits(int Texts, long Bytes, int BlockBytes)
{
    public static readonly SliceLimits Default = new(4_096, 1 << 20, BlobUpload.DefaultBlockBytes);
}
