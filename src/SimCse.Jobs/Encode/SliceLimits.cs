using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// How much of a shard is encoded and written at a time. It is as much as a shard holds to begin with: only the shards of a source of more than
/// 20,000 such pieces have more than one, and need no more memory for it. The writer cuts it again (<see cref="Parts.PartWriter.MaxRowsPerGroup"/>).
/// </summary>
/// <param name="Texts">Error rows count.</param>
/// <param name="Bytes">Of their lines; a longer line is a row group of its own.</param>
/// <param name="BlockBytes">Of the part: what is larger goes to storage in blocks of this size, what is smaller in one request.</param>
internal sealed record SliceLimits(int Texts, long Bytes, int BlockBytes)
{
    public static readonly SliceLimits Default = new(4_096, 1 << 20, BlobUpload.DefaultBlockBytes);
}
