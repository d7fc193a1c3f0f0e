using CsCheck;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class ShardTableTests
{
    [Fact]
    public void Shards_hold_4096_texts_or_a_mebibyte()
    {
        Assert.Equal([4096L, 4096, 1808], Cut(ShardLimits.Default, Enumerable.Repeat((10L, true), 10_000)).Select(shard => shard.Texts));
        Assert.Equal([10L, 10, 5], Cut(ShardLimits.Default, Enumerable.Repeat((100_000L, true), 25)).Select(shard => shard.Texts));
    }

    [Fact]
    public void A_line_larger_than_a_shard_is_one() =>
        Assert.Equal([1L, 1, 1], Cut(new ShardLimits(100, 10, 100), [(50, true), (500, true), (60, true)]).Select(shard => shard.Lines));

    [Fact]
    public void A_run_of_blank_lines_needs_no_shard_of_its_own() =>
        Assert.Equal(
            [new ShardRange(0, 180, 1, 180, 2)],
            Cut(new ShardLimits(100, 10, 100), [(1, true), (1, true), .. Enumerable.Repeat((1L, false), 178)]));

    [Fact]
    public void Shards_cover_all_lines_in_order_and_are_never_too_many()
    {
        var lines = Gen.Select(Gen.Long[1, 40], Gen.Bool).Array[1, 300];
        Gen.Select(lines, Gen.Int[1, 20], Gen.Long[1, 5], Gen.Long[1, 100]).Sample((lines, maxShards, texts, bytes) =>
        {
            var shards = Cut(new ShardLimits(maxShards, texts, bytes), lines);

            Assert.InRange(shards.Count, 1, maxShards);
            var (offset, line) = (0L, 1L);
            foreach (var shard in shards)
            {
                Assert.Equal((offset, line), (shard.Offset, shard.FirstLine));
                var own = lines.Skip((int)shard.FirstLine - 1).Take((int)shard.Lines).ToList();
                Assert.Equal((own.Sum(l => l.Item1), own.Count(l => l.Item2)), (shard.Bytes, shard.Texts));
                Assert.True(shard.Texts > 0 || lines.All(l => !l.Item2), "A shard without texts would be a part without rows.");
                (offset, line) = (offset + shard.Bytes, line + shard.Lines);
            }

            Assert.Equal((lines.Sum(l => l.Item1), lines.Length + 1), (offset, line));
        });
    }

    private static IReadOnlyList<ShardRange> Cut(ShardLimits limits, IEnumerable<(long Bytes, bool IsText)> lines)
    {
        var table = new ShardTable(limits);
        var offset = 0L;
        foreach (var (bytes, isText) in lines)
        {
            table.Add(offset, bytes, isText);
            offset += bytes;
        }

        return table.Finish();
    }
}
