namespace SimCse.Jobs.Tests;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("猫が眠る。 😀𠮷 é [red] \\u001b", "猫が眠る。 😀𠮷 é [red] \\u001b")]
    [InlineData("\u001b[31m\u009b2J\u007f\0", "\\u001b[31m\\u009b2J\\u007f\\u0000")]
    [InlineData("a\tb\r\nc\u0085\u2028\u2029", "a\\u0009b\\u000d\\u000ac\\u0085\\u2028\\u2029")]
    [InlineData("\u202e\u2066\u2069\u200f\u061c\ufeff", "\\u202e\\u2066\\u2069\\u200f\\u061c\\ufeff")]
    [InlineData("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧")] // joins people to a family
    public void Foreign_text_is_shown(string text, string shown) => Assert.Equal(shown, VisibleText.Escape(text));

    [Fact]
    public void Half_a_surrogate_pair_is_shown() =>
        Assert.Equal("\\ud83da\\ude00😀\\ud800", VisibleText.Escape($"{(char)0xD83D}a{(char)0xDE00}😀{(char)0xD800}"));

    [Fact]
    public void Later_lines_are_indented() =>
        Assert.Equal("a\n  b\t\n  \\u001b\\u000dc", VisibleText.EscapeLines("a\r\nb\t\n\u001b\rc"));

    [Fact]
    public void A_document_keeps_its_lines() =>
        Assert.Equal("{\n  \"a\": \"\\u202e\"\n}", VisibleText.EscapeJson("{\n  \"a\": \"\u202e\"\n}"));
}
