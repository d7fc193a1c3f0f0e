namespace SimCse.Jobs.Sources;

/// <summary>How large shards are, and how many there may be.</summary>
/// <param name="Shards">The most shards of one job. An append blob takes 50,000 records, so each shard may be recorded twice.</param>
/// <param name="Texts">The most texts of one shard; doubled whenever there would be too many shards.</param>
/// <param name="Bytes">The most bytes of one shard, doubled in the same way. A longer line is a shard of its own.</param>
internal sealed record ShardLimits(int Shards, long Texts, long Bytes)
{
    public static readonly ShardLimits Default = new(20_000, 4_096, 1 << 20);
}
