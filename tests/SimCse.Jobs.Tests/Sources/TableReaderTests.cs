using System.Text;
using CsCheck;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class TableReaderTests
{
    private const int MaxBytes = LineReader.MaxLineBytes;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Records as <c>first line|fields between bars</c>; a broken record as <c>first line!bytes</c>.</summary>
    [Theory]
    [InlineData("a,b\nc,d", "1|a|b", "2|c|d")]
    [InlineData("a,b\r\nc,d\r\n", "1|a|b", "2|c|d")]
    [InlineData("\"a\nb\",c\nd,e\n", "1|a\nb|c", "3|d|e")]
    [InlineData("\"a\r\nb\"\r\n\"c\"\r\n", "1|a\r\nb", "3|c")]
    [InlineData("\"say \"\"hi\"\"\",x\n", "1|say \"hi\"|x")]
    [InlineData("\"\"\"\",\"\",\n", "1|\"||")]
    [InlineData("5\" disk,a\"b\"\nc,d\n", "1|5\" disk|a\"b\"", "2|c|d")]
    [InlineData(",,\n", "1|||")]
    [InlineData("\"a,b\",\"c;d\"\n", "1|a,b|c;d")]
    [InlineData("a\n\n \t\nb\n", "1|a", "4|b")]
    [InlineData("\"a", "1!\"a")]
    [InlineData("\"a\nb,c\nd", "1!\"a", "2|b|c", "3|d")]
    [InlineData("\"a\" b,c\nd,e\n", "1!\"a\" b,c", "2|d|e")]
    [InlineData("x,\"a\nb\"c\nd,e\n", "1!x,\"a", "2|b\"c", "3|d|e")]
    [InlineData("x\",\"a\ny\",\"b\nz,c\n", "1!x\",\"a", "2!y\",\"b", "3|z|c")]
    [InlineData("\"a\"\r", "1|a")]
    [InlineData("", new string[0])]
    public async Task Records_end_at_line_ends_that_are_not_quoted(string table, params string[] records) =>
        Assert.Equal(records, await ReadAsync(Encoding.UTF8.GetBytes(table), chunk: 1 << 16));

    [Theory]
    [InlineData("id;text\n1,5;a\n", ';')]
    [InlineData("id\ttext\n", '\t')]
    [InlineData("text\n", ',')]
    [InlineData("\n\n\"a;b;c\",text\n", ',')]
    [InlineData("id,本文;詳細,x", ',')]
    public async Task The_separator_is_the_commonest_in_the_first_line(string table, char separator)
    {
        var reader = new TableReader(new MemoryStream(Encoding.UTF8.GetBytes(table)), separator: null);
        Assert.True(await reader.ReadAsync(Cancellation));
        Assert.Equal(separator, (char)reader.Separator);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_not_held_and_a_mark_in_it_opens_nothing()
    {
        var records = await ReadAsync(
            Encoding.UTF8.GetBytes(
                $"a\n\"{new string('x', MaxBytes)}\nb,\"{new string('y', 3 * MaxBytes)}\nc\n{new string('z', MaxBytes)}\n"),
            chunk: 10_000);
        Assert.Equal(["1|a", "2>1048578", "3>3145732", "4|c", $"5|{new string('z', MaxBytes)}"], records);
    }

    [Fact]
    public async Task A_mark_that_is_never_closed_costs_one_line_and_bounded_memory()
    {
        var lines = Enumerable.Range(2, 100_000).Select(line => $"{line},text of some length").ToList();
        var records = await ReadAsync(Encoding.UTF8.GetBytes($"1,\"open\n{string.Join('\n', lines)}\n"), chunk: 65_536);
        Assert.Equal(["1!1,\"open", .. lines.Select((line, i) => $"{i + 2}|{line.Replace(',', '|')}")], records);
    }

    /// <summary>Rows that lost their first and last mark: none opens another one's line, and none is read more than twice.</summary>
    [Fact]
    public async Task Marks_that_never_fit_do_not_make_it_slow()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("1\",\"東京\",\"本文\n", 50_000)));
        Assert.Equal(50_000, (await ReadAsync(bytes, chunk: 1 << 20)).Count(record => record.Contains('!', StringComparison.Ordinal)));
    }

    /// <summary>What a shard reads is what the planner saw: any bytes, cut at any record, in pieces of any size.</summary>
    [Fact]
    public void Any_split_at_records_gives_the_same_records()
    {
        string[] pieces = ["a", "\"", "\"\"", ",", "\n", "\r\n", "あ", " ", "\",\"", "\"\n", "\n\""];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Select(piece => pieces[piece]).Array[0, 40], Gen.Int[1, 9], Gen.Int[0, 40]).Sample(
            (parts, chunk, cut) =>
            {
                var bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
                var whole = Ranges(bytes, chunk);
                if (whole.Count == 0)
                {
                    return;
                }

                var at = whole[cut % whole.Count].Offset;
                List<(long Offset, string Record, long Bytes)> split =
                [
                    .. Ranges(bytes[..(int)at], chunk),
                    .. Ranges(bytes[(int)at..], chunk).Select(record => record with { Offset = record.Offset + at }),
                ];
                Assert.Equal(whole, split);
            },
            iter: 1_000);
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes, int chunk)
    {
        var records = new List<string>();
        var (fields, line) = (new TableFields(), 1);
        var reader = new TableReader(new Chunks(bytes, chunk), (byte)',');
        while (reader.TryRead() || await reader.ReadAsync(Cancellation))
        {
            if (!reader.IsBlank)
            {
                records.Add(line + Describe(reader, fields));
            }

            line += reader.Lines;
        }

        return records;
    }

    private static List<(long Offset, string Record, long Bytes)> Ranges(byte[] bytes, int chunk)
    {
        var ranges = new List<(long, string, long)>();
        var (fields, total) = (new TableFields(), 0L);
        var reader = new TableReader(new Chunks(bytes, chunk), (byte)',');
        while (reader.TryRead() || reader.ReadAsync(CancellationToken.None).AsTask().Result)
        {
            total += reader.LineBytes;
            if (!reader.IsBlank)
            {
                ranges.Add((reader.LineOffset, Describe(reader, fields), reader.LineBytes));
            }
        }

        Assert.Equal(bytes.Length, total);
        return ranges;
    }

    private static string Describe(TableReader reader, TableFields fields)
    {
        if (reader.IsTooLong)
        {
            return $">{reader.LineBytes}";
        }

        if (reader.IsBroken)
        {
            return $"!{Encoding.UTF8.GetString(reader.Line)}";
        }

        fields.Split(reader.Line, reader.Separator);
        return string.Concat(Enumerable.Range(0, fields.Count).Select(i => $"|{Encoding.UTF8.GetString(fields[i])}"));
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Chunks(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
