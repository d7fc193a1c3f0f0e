using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class CharsetDetectorTests
{
    private static readonly string[] Japanese = ["吾輩は猫である。", "名前はまだ無い。", "どこで生れたかとんと見当がつかぬ。", "ｶﾅ ABC 123"];

    [Theory]
    [InlineData("utf-8")]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    public void Japanese_text_is_read_in_the_charset_it_was_written_in(string charset) =>
        Assert.Equal(charset, Detect(Lines(charset, Japanese)));

    [Theory]
    [InlineData("utf-8", "名前")]
    [InlineData("shift_jis", "日本語")]
    [InlineData("euc-jp", "日本語のテキスト")]
    public void A_single_short_line_is_enough(string charset, string line) => Assert.Equal(charset, Detect(Lines(charset, line)));

    [Theory]
    [InlineData("euc-jp", "こんにちは")]
    [InlineData("euc-jp", "テストデータ")]
    [InlineData("shift_jis", "ｶﾀｶﾅ")]
    public void Kana_that_are_whole_in_both_Japanese_charsets_are_taken_for_the_likelier(string charset, string line)
    {
        var bytes = SourceCharset.FromName(charset).Encode(line);
        Assert.All((string[])["shift_jis", "euc-jp"], name => Assert.True(SourceCharset.FromName(name).IsValid(bytes)));
        Assert.Equal(charset, Detect([bytes]));
    }

    [Fact]
    public void A_single_line_as_long_as_lines_may_be_is_enough() =>
        Assert.Equal("shift_jis", Detect(Lines("shift_jis", new string('猫', LineReader.MaxLineBytes / 2))));

    [Fact]
    public void Ascii_is_UTF8() => Assert.Equal("utf-8", Detect(Lines("utf-8", "plain", "text")));

    [Fact]
    public void A_few_broken_lines_do_not_change_the_charset_of_the_rest() =>
        Assert.Equal("utf-8", Detect([.. Lines("utf-8", Japanese), [0xE3, 0x81], [0x82, 0xA0, 0x41]]));

    [Theory]
    [InlineData(1, 1, "utf-8")]
    [InlineData(3, 3, "utf-8")]
    [InlineData(3, 4, "shift_jis")]
    public void More_than_half_of_the_lines_that_are_not_ASCII_decide_and_half_do_not(int utf8, int shiftJis, string charset)
    {
        var lines = Lines("utf-8", [.. Enumerable.Repeat(Japanese[0], utf8), "plain", "text"]);
        Assert.Equal(charset, Detect(lines.Concat(Lines("shift_jis", [.. Enumerable.Repeat(Japanese[0], shiftJis)]))));
    }

    [Fact]
    public void Bytes_that_are_no_charset_at_all_stay_UTF8_so_that_each_line_is_an_error_row() =>
        Assert.Equal("utf-8", Detect([[0xFF, 0xFF, 0xFF], [0xFF, 0xFE, 0xFF]]));

    [Theory]
    [InlineData("utf-16", "あいうえお\nかきくけこ\n")]
    [InlineData("utf-16BE", "あいうえお\nかきくけこ\n")]
    [InlineData("utf-16", "吾輩は猫である\r\n名前はまだ無い")]
    [InlineData("utf-16BE", "吾輩は猫である\r\n名前はまだ無い")]
    [InlineData("utf-16", "plain ascii, one line")]
    [InlineData("utf-16BE", "plain ascii, one line")]
    public void UTF16_without_a_mark_is_refused(string charset, string text)
    {
        var lines = SplitAtLineFeed(System.Text.Encoding.GetEncoding(charset).GetBytes(text));
        var failure = Assert.Throws<PermanentJobException>(() => Detect(lines));
        Assert.Contains("UTF-16 without a byte-order mark", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\0b\nc\n")]
    [InlineData("日本\0\n本\0\n語\0")]
    [InlineData("\0")]
    [InlineData("ab\n\0c\n\0d")]
    public void NUL_characters_alone_make_no_UTF16(string text) =>
        Assert.Equal("utf-8", Detect(SplitAtLineFeed(System.Text.Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void Lines_without_bytes_as_of_one_that_is_too_long_make_no_UTF16()
    {
        Assert.Equal("utf-8", Detect([[]]));
        Assert.Equal("utf-8", Detect(Lines("utf-8", "", "猫", "", "犬")));
    }

    private static string Detect(IEnumerable<byte[]> lines)
    {
        var detector = new CharsetDetector();
        foreach (var line in lines)
        {
            detector.Add(line);
        }

        return detector.Detect();
    }

    private static IEnumerable<byte[]> Lines(string charset, params string[] lines) => lines.Select(SourceCharset.FromName(charset).Encode);

    private static List<byte[]> SplitAtLineFeed(byte[] bytes)
    {
        var lines = new List<byte[]>();
        var rest = bytes.AsSpan();
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            lines.Add(rest[..end].ToArray());
            rest = rest[(end + 1)..];
        }

        return rest.Length > 0 ? [.. lines, rest.ToArray()] : lines;
    }
}
