using System.Text.Json;
using CsCheck;
using SimCse.Jobs.Charsets;
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
    public void A_shard_may_be_full_to_the_last_byte() =>
        Assert.Equal([2L, 1], Cut(new ShardLimits(100, 10, 100), [(60, true), (40, true), (1, true)]).Select(shard => shard.Lines));

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(1_000, 10)]
    public void Shards_become_twice_as_large_when_there_is_one_too_many_and_not_before(long texts, long bytes)
    {
        var limits = new ShardLimits(4, texts, bytes);
        Assert.Equal([1L, 1, 1, 1], Cut(limits, Enumerable.Repeat((10L, true), 4)).Select(shard => shard.Lines));
        Assert.Equal([2L, 2, 1, 2], Cut(limits, Enumerable.Repeat((10L, true), 7)).Select(shard => shard.Lines));
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

    [Fact]
    public void A_manifest_holds_a_shard_as_an_array_of_five_numbers()
    {
        Assert.Equal("[1,2,3,4,5]", JsonSerializer.Serialize(new ShardRange(1, 2, 3, 4, 5)));
        Assert.Equal(new ShardRange(1, 2, 3, 4, 5), JsonSerializer.Deserialize<ShardRange>("[1,2,3,4,5]"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardRange>("[1,2,3,4]"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardRange>("[1,2,3,4,5,6]"));
    }

    private static IReadOnlyList<ShardRange> Cut(ShardLimits limits, IEnumerable<(long Bytes, bool IsText)> lines)
    {
        var table = new ShardTable(limits);
        var offset = 0L;
        foreach (var (bytes, isText) in lines)
        {
            table.Add(offset, bytes, isText ? BlankIn.None : BlankIn.All);
            offset += bytes;
        }

        return table.Finish();
    }
}
