using CsCheck;
using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class ProgressRecordTests
{
    private static readonly Gen<ProgressRecord> Records = Gen.Select(
        Gen.Int[0, 19_999], Gen.Long[0, 99_999_999_999], Gen.Long[0, 999_999_999_999], Gen.Long[0, 9_999_999_999_999],
        Gen.Long[0, 9_999_999_999_999].Nullable(), Gen.Long[0, 99_999_999_999_999], Gen.Long[0, 9_999_999_999], Gen.Byte.Array[32],
        (shard, texts, rows, tokens, unknown, bytes, ms, hash) => new ProgressRecord(
            shard, texts, rows, texts, tokens, unknown, texts, texts, bytes, tokens, ms, ms, Convert.ToHexStringLower(hash)));

    [Fact]
    public void Any_record_has_the_same_length_and_comes_back_as_it_was() => Records.Sample(record =>
    {
        var bytes = record.ToBytes();
        Assert.Equal((ProgressRecord.Length, (byte)'\n'), (bytes.Length, bytes[^1]));
        Assert.Equal(record, ProgressRecord.Parse(bytes));
    });

    /// <summary>A job may be half done when the app is renewed. Nobody has counted what is unknown.</summary>
    [Fact]
    public void A_record_of_the_release_before_is_read()
    {
        var sha = new string('a', 64);
        var line = $"00003           10            2             99            1           2330  1764200000000         1500          700 ";
        var record = ProgressRecord.Parse(System.Text.Encoding.ASCII.GetBytes((line + sha).PadRight(ProgressRecord.Length - 1)));
        Assert.Equal(new ProgressRecord(3, 10, 10, 2, 99, null, 1, 0, 2330, 1764200000000, 1500, 700, sha), record);

        var metadata = record.ToMetadata();
        Assert.True(metadata.Remove("texts") && metadata.Remove("unknown") && metadata.Remove("reused"));
        Assert.Equal(record, ProgressRecord.FromMetadata(3, metadata, "part"));
    }

    [Fact]
    public void A_record_that_is_too_long_for_the_log_is_not_cut() => Assert.Throws<InvalidOperationException>(() =>
        new ProgressRecord(1, long.MaxValue, long.MaxValue, 0, long.MaxValue, 0, 0, 0, 0, 0, 0, 0, new string('a', 64)).ToBytes());

    [Fact]
    public void A_part_s_metadata_hold_the_same_record() =>
        Records.Sample(record => Assert.Equal(record, ProgressRecord.FromMetadata(record.Shard, record.ToMetadata(), "part")));

    [Fact]
    public void Bytes_that_are_no_record_are_refused() => Assert.Throws<InvalidDataException>(() => ProgressRecord.Parse("00000 1 2\n"u8));
}
