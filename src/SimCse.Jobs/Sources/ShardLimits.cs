namespace SimCse.Jobs.Sources;

/// <summary>How large shards are, and how many there may be.</summary>
/// <param name="Shards">Of one job. An append blob takes 50,000 records, so that each shard may be recorded twice.</param>
/// <param name="Texts">Of one shard, to begin with.</param>
/// <param name="Bytes">Of one shard, to begin with; a longer line is a shard of its own.</param>
internal sealed record ShardLimits(int Shards, long Texts, long Bytes)
{
    public static readonly ShardLimits Default = new(20_000, 4_096, 1 << 20);
}
