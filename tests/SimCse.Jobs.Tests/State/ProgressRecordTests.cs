using CsCheck;
using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class ProgressRecordTests
{
    private static readonly Gen<ProgressRecord> Records = Gen.Select(
        Gen.Int[0, 19_999], Gen.Long[0, 999_999_999_999], Gen.Long[0, 999_999_999_999], Gen.Long[0, 99_999_999_999_999],
        Gen.Long[0, 999_999_999_999],
        Gen.Long[0, 99_999_999_999_999], Gen.Long[0, 999_999_999_999], Gen.Byte.Array[32],
        (shard, rows, errors, tokens, truncated, bytes, ms, hash) =>
            new ProgressRecord(shard, rows, errors, tokens, truncated, bytes, bytes, rows, ms, Convert.ToHexStringLower(hash)));

    [Fact]
    public void Any_record_has_the_same_length_and_comes_back_as_it_was() => Records.Sample(record =>
    {
        var bytes = record.ToBytes();
        Assert.Equal((ProgressRecord.Length, (byte)'\n'), (bytes.Length, bytes[^1]));
        Assert.Equal(record, ProgressRecord.Parse(bytes));
    });

    [Fact]
    public void A_part_s_metadata_hold_the_same_record() =>
        Records.Sample(record => Assert.Equal(record, ProgressRecord.FromMetadata(record.Shard, record.ToMetadata(), "part")));

    [Fact]
    public void Bytes_that_are_no_record_are_refused() => Assert.Throws<InvalidDataException>(() => ProgressRecord.Parse("00000 1 2\n"u8));
}
