using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Tests.Charsets;

public sealed class Utf16DetectorTests
{
    [Theory]
    [InlineData("あいうえお\nかきくけこ\n")]
    [InlineData("吾輩は猫である\r\n名前はまだ無い")]
    [InlineData("plain ascii, one line")]
    [InlineData("a\n")]
    [InlineData("上\n")]
    [InlineData("林\n樹\n蓮\n")]
    [InlineData("《上》の上に座っている。\n《下》が上がってくる。\n")] // of bytes 0A
    [InlineData("この先生きのこ")] // no NUL, no line end: ASCII bytes alone
    [InlineData("ありがとうございます")]
    [InlineData("カタカナ\nダケ\n")]
    [InlineData("{\"text\": \"猫\"}\n")]
    [InlineData("絵文字😀と𠮷野家\n")]
    [InlineData("한국어 문장입니다.\n")]
    public void UTF16_is_known_by_what_it_says(string text)
    {
        Assert.Equal("utf-16le", Utf16Detector.Find(System.Text.Encoding.Unicode.GetBytes(text), isWhole: true));
        Assert.Equal("utf-16be", Utf16Detector.Find(System.Text.Encoding.BigEndianUnicode.GetBytes(text), isWhole: true));
        Assert.False(Utf16Detector.IsUtf32(System.Text.Encoding.Unicode.GetBytes(text)));
        Assert.False(Utf16Detector.IsUtf32(System.Text.Encoding.BigEndianUnicode.GetBytes(text)));
    }

    [Theory]
    [InlineData("a\0b\nc\n")]
    [InlineData("日本\0\n本\0\n語\0")]
    [InlineData("\0")]
    [InlineData("\0\0\0\0")]
    [InlineData("ab\n\0c\n\0d")]
    [InlineData("")]
    [InlineData("Bush hid the facts")]
    [InlineData("this app can break")]
    [InlineData("A0B0C0D0E0F0")]
    [InlineData("10203040506070")]
    [InlineData("0x20, 0x30, 0x40\n")]
    [InlineData("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("猫")]
    [InlineData("1\n2\n3\n")]
    [InlineData("/home/a/x.txt\0/home/b/y.txt\0")]
    [InlineData("\u001b$B$*$O$h$&\u001b(B\n")]
    public void What_is_UTF8_or_ASCII_is_not_UTF16(string text)
    {
        Assert.Null(Utf16Detector.Find(System.Text.Encoding.UTF8.GetBytes(text), isWhole: true));
        Assert.False(Utf16Detector.IsUtf32(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("吾輩は猫である。")]
    [InlineData("猫")]
    [InlineData("ｶﾀｶﾅ")]
    [InlineData("株式会社")]
    public void Other_charsets_are_not_UTF16(string text) => Assert.All(
        (int[])[932, 51932],
        codePage => Assert.Null(Utf16Detector.Find(
            System.Text.CodePagesEncodingProvider.Instance.GetEncoding(codePage)!.GetBytes(text), isWhole: true)));

    [Fact]
    public void A_sample_that_ends_within_a_character_is_judged_without_it()
    {
        var text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("吾輩は猫である。", 100)));
        Assert.All((int[])[0, 1, 2, 3, 4], less => Assert.Null(Utf16Detector.Find(text.AsSpan(0, text.Length - less), isWhole: false)));
    }

    /// <summary>Files are put together, cut and sent on badly: what is broken becomes error rows, and the rest stays what it is.</summary>
    [Theory]
    [InlineData("一\n?\n三\n四\n?\n?\n")]
    [InlineData("猫が眠る。\n犬?が走る。\n")]
    [InlineData("猫\n犬??\n")]
    public void UTF8_with_broken_bytes_is_not_UTF16(string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        bytes.AsSpan().Replace((byte)'?', (byte)0xFF);
        Assert.Null(Utf16Detector.Find(bytes, isWhole: true));
    }
}
