using SimCse.Jobs.Charsets;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Charsets;

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
    [InlineData("euc-jp", "株式会社")]
    [InlineData("euc-jp", "佐藤")]
    [InlineData("euc-jp", "犬")]
    [InlineData("shift_jis", "ｶﾀｶﾅ")]
    [InlineData("shift_jis", "ｶ)ﾄﾖﾀ")]
    [InlineData("shift_jis", "猫")]
    public void A_word_that_is_whole_in_both_Japanese_charsets_is_taken_for_the_likelier(string charset, string word) =>
        Assert.Equal(charset, Detect(Lines(charset, word)));

    [Theory]
    [InlineData("shift_jis", "EEE0")] // 髙; in EUC-JP 釵
    [InlineData("shift_jis", "EEE08BB4")] // 髙橋
    [InlineData("shift_jis", "ED95")] // 﨑
    [InlineData("shift_jis", "8740208793")] // ①, ∮ of NEC's row 13
    [InlineData("euc-jp", "B1D8C1B0A4CE6361668FABB1A4C7")] // 駅前のcaféで, with é of JIS X 0212
    [InlineData("euc-jp", "506F6B8FABB16D6F6EA4AC")] // Pokémonが
    [InlineData("iso-2022-jp", "1B24422A401B2842")]
    [InlineData("iso-2022-jp", "1B284931323334")]
    [InlineData("utf-8", "1B28421B5B33316D72656420")] // what terminals get
    public void Codes_of_extensions_are_known(string charset, string line) => Assert.Equal(charset, Detect([Convert.FromHexString(line)]));

    [Theory]
    [InlineData("これは日本語の文章です", 1)]
    [InlineData("吾輩は猫である。名前はまだ無い。", 2)]
    public void A_line_of_UTF8_that_is_cut_within_a_character_stays_UTF8(string text, int less) =>
        Assert.Equal("utf-8", Detect([System.Text.Encoding.UTF8.GetBytes(text)[..^less]]));

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

    private static string Detect(IEnumerable<byte[]> lines)
    {
        var detector = new CharsetDetector();
        foreach (var line in lines)
        {
            detector.Add(line);
        }

        return detector.Detect();
    }

    private static IEnumerable<byte[]> Lines(string charset, params string[] lines)
    {
        var encoding = System.Text.CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? System.Text.Encoding.UTF8;
        return lines.Select(line => encoding.GetBytes(line));
    }
}
