using CsCheck;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class LineReaderTests
{
    private const int MiB = LineReader.MaxLineBytes;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("\n\n", "|")]
    [InlineData("a\rb\n", "a\rb")]
    [InlineData("a\r\r\n", "a\r")]
    [InlineData("a\r", "a")]
    [InlineData("a\rb\rc", "a|b|c")]
    [InlineData("a\r\rb\r", "a||b")]
    [InlineData("\ra", "|a")]
    public async Task Lines_end_at_a_line_feed_or_in_a_stream_without_one_at_a_carriage_return(string text, string lines) =>
        Assert.Equal(
            text.Length == 0 ? [] : lines.Split('|'),
            (await ReadAsync(System.Text.Encoding.UTF8.GetBytes(text))).Select(line => System.Text.Encoding.UTF8.GetString(line.Bytes)));

    [Theory]
    [InlineData(4_096)]
    [InlineData(int.MaxValue)]
    public async Task A_first_mebibyte_without_a_line_feed_ends_lines_at_carriage_returns_to_the_end(int piece)
    {
        byte[] bytes = [.. Xs(MiB / 2), .. "\r"u8, .. Xs(MiB), .. "\r\r\n"u8, .. Xs(MiB + 1), .. "\r\nlast\nline"u8];

        var lines = await ReadAsync(bytes, piece);

        Assert.Equal([MiB / 2, MiB, 0, 0, 4, 4], lines.Select(line => line.Bytes.Length));
        Assert.Equal(bytes.Length, lines.Sum(line => line.WholeBytes));
        Assert.Equal([false, false, false, true, false, false], lines.Select(line => line.TooLong));
    }

    [Theory]
    [InlineData(MiB, "\r")]
    [InlineData(MiB - 1, "\n")]
    public async Task Whether_a_line_feed_stands_in_the_first_mebibyte_is_seen_to_the_byte(int before, string end)
    {
        byte[] bytes = [.. "a\r"u8, .. Xs(before), .. "\nb\rc\n"u8];
        var lines = await ReadAsync(bytes, piece: 100_000);
        Assert.Equal(end == "\r" ? 4 : 2, lines.Count);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(" \t\r", true)]
    [InlineData(" a", false)]
    [InlineData("\0", false)]
    public async Task A_line_of_white_space_is_blank(string line, bool blank)
    {
        var reader = new LineReader(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(line + "\n")));
        Assert.True(await reader.ReadAsync(Cancellation));
        Assert.Equal(blank ? BlankIn.All : BlankIn.None, reader.Blank);
    }

    [Theory]
    [InlineData(MiB, "\n", false)]
    [InlineData(MiB, "\r\n", false)]
    [InlineData(MiB, "", false)]
    [InlineData(MiB + 1, "\n", true)]
    [InlineData(MiB + 1, "\r\n", true)]
    [InlineData(4 * MiB, "", true)]
    [InlineData(5 * MiB, "\n", true)]
    [InlineData(5 * MiB, "", true)]
    public async Task A_line_of_more_than_a_mebibyte_is_skipped_and_the_next_one_read(int length, string end, bool tooLong)
    {
        byte[] bytes = [.. Xs(length), .. System.Text.Encoding.ASCII.GetBytes(end), .. end.Length > 0 ? "next"u8 : []];

        var lines = await ReadAsync(bytes);

        Assert.Equal(
            (tooLong, tooLong ? 0 : length, length + end.Length, 0L),
            (lines[0].TooLong, lines[0].Bytes.Length, lines[0].WholeBytes, lines[0].Offset));
        Assert.Equal(end.Length > 0 ? 2 : 1, lines.Count);
        if (end.Length > 0)
        {
            Assert.Equal(("next", (long)length + end.Length), (System.Text.Encoding.ASCII.GetString(lines[1].Bytes), lines[1].Offset));
        }
    }

    [Fact]
    public async Task Offsets_stay_right_after_one_line_that_is_too_long_upon_another()
    {
        byte[] bytes = [.. Xs((4 * MiB) + 10), .. "\n"u8, .. Xs(3 * MiB), .. "\nnext"u8];

        var lines = await ReadAsync(bytes);

        Assert.Equal([0L, (4 * MiB) + 11, (7 * MiB) + 12], lines.Select(line => line.Offset));
        Assert.Equal([true, true, false], lines.Select(line => line.TooLong));
    }

    [Fact]
    public async Task A_line_of_a_mebibyte_is_read_even_when_its_line_feed_comes_after_all_the_rest() =>
        Assert.Equal(MiB, Assert.Single(await ReadAsync([.. Xs(MiB), .. "\r\n"u8], piece: 1)).Bytes.Length);

    [Fact]
    public async Task No_more_is_held_of_many_lines_than_of_one()
    {
        var stream = new PiecewiseStream([.. Enumerable.Repeat((byte[])[.. Xs(1_000), .. "\n"u8], 3_000).SelectMany(line => line)]);
        var reader = new LineReader(stream);
        while (await reader.ReadAsync(Cancellation))
        {
            Assert.Equal(1_000, reader.Line.Length);
        }

        Assert.InRange(stream.LargestBuffer, 1, MiB / 4);
    }

    [Fact]
    public async Task Whatever_the_pieces_the_stream_comes_in_the_lines_are_the_same()
    {
        byte[] alphabet = [(byte)'a', (byte)'\n', (byte)'\r', 0xE3, (byte)' '];
        var bytes = Gen.Int[0, 4].Select(i => alphabet[i]).Array[0, 60];
        await Gen.Select(bytes, Gen.Int[1, 7]).SampleAsync(async (content, piece) =>
        {
            var whole = await ReadAsync(content);
            var pieces = await ReadAsync(content, piece);
            Assert.Equal(whole.Select(Describe), pieces.Select(Describe));
            Assert.Equal(content.Length, whole.Sum(line => line.WholeBytes));
            var end = content.Contains((byte)'\n') ? (byte)'\n' : (byte)'\r';
            Assert.Equal(content.Count(b => b == end) + (content is [.., var last] && last != end ? 1 : 0), whole.Count);
        });
    }

    [Fact]
    public async Task Runs_of_blank_lines_are_read_at_once_and_change_nothing_else()
    {
        byte[] alphabet = [(byte)'\n', (byte)'\n', (byte)'\n', (byte)'\r', (byte)' ', (byte)'\t', (byte)'a', 0];
        var bytes = Gen.Int[0, 7].Select(i => alphabet[i]).Array[0, 60];
        await Gen.Select(bytes, Gen.Int[1, 70]).SampleAsync(async (content, piece) =>
        {
            var (number, seen) = (0L, new List<string>());
            var reader = new LineReader(new PiecewiseStream(content, piece));
            while (reader.TryRead() || await reader.ReadAsync(Cancellation))
            {
                if (reader.Blank == BlankIn.None)
                {
                    Assert.Equal(1, reader.Lines);
                    seen.Add($"{number} {reader.LineOffset}+{reader.LineBytes} {Convert.ToHexString(reader.Line)}");
                }

                number += reader.Lines;
            }

            var single = (await ReadAsync(content)).Index().ToList();
            Assert.Equal(single.Count, number);
            var texts = single.Where(line => line.Item.Bytes.AsSpan().ContainsAnyExcept(" \t\r"u8));
            Assert.Equal(texts.Select(line => $"{line.Index} {Describe(line.Item)}"), seen);
        });
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("  \t\n")]
    public async Task A_mebibyte_of_blank_lines_takes_a_handful_of_reads(string line)
    {
        var content = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, MiB)));
        var (reads, lines) = (0, 0);
        var reader = new LineReader(new MemoryStream(content));
        while (reader.TryRead() || await reader.ReadAsync(Cancellation))
        {
            Assert.True(reader.Blank != BlankIn.None);
            (reads, lines) = (reads + 1, lines + reader.Lines);
        }

        Assert.Equal(MiB, lines);
        Assert.InRange(reads, 1, 100);
    }

    [Fact]
    public async Task Blank_lines_before_a_blank_line_that_is_too_long_leave_it_too_long()
    {
        byte[] content = [.. Xs(MiB), .. "\n\n\n"u8, .. Enumerable.Repeat((byte)' ', MiB + 1), .. "\n\n"u8];
        var seen = new List<(int Lines, bool TooLong)>();
        var reader = new LineReader(new MemoryStream(content));
        while (reader.TryRead() || await reader.ReadAsync(Cancellation))
        {
            seen.Add((reader.Lines, reader.IsTooLong));
        }

        Assert.Equal(5, seen.Sum(read => read.Lines));
        Assert.Equal((1, true), Assert.Single(seen, read => read.TooLong));
    }

    private static IEnumerable<byte> Xs(int count) => Enumerable.Repeat((byte)'x', count);

    private static string Describe(ReadLine line) => $"{line.Offset}+{line.WholeBytes} {Convert.ToHexString(line.Bytes)}";

    private static async Task<List<ReadLine>> ReadAsync(byte[] content, int piece = int.MaxValue)
    {
        var lines = new List<ReadLine>();
        var reader = new LineReader(new PiecewiseStream(content, piece));
        while (await reader.ReadAsync(Cancellation))
        {
            lines.Add(new ReadLine(reader.LineOffset, reader.LineBytes, reader.Line.ToArray(), reader.IsTooLong));
        }

        return lines;
    }

    private sealed record ReadLine(long Offset, long WholeBytes, byte[] Bytes, bool TooLong);

    private sealed class PiecewiseStream(byte[] content, int piece = int.MaxValue) : MemoryStream(content)
    {
        public int LargestBuffer { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LargestBuffer = Math.Max(LargestBuffer, buffer.Length);
            return base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
        }
    }
}
