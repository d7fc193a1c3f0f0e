namespace SimCse.Tokenization.Tests;

/// <summary>Facts from Python 3.11 (Unicode 14.0).</summary>
public sealed class PythonTextTests
{
    private const string PythonWhiteSpace =
        "\u0009\u000A\u000B\u000C\u000D\u001C\u001D\u001E\u001F\u0020\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007" +
        "\u2008\u2009" +
        "\u200A\u2028\u2029\u202F\u205F\u3000";

    [Fact]
    public void White_space_is_what_isspace_says()
    {
        for (var c = '\0'; c < '\uFFFF'; c++)
        {
            Assert.Equal(PythonWhiteSpace.Contains(c), PythonText.WhiteSpace.Contains(c));
        }
    }

    [Theory]
    [InlineData("ΑΣ", "ας")]
    [InlineData("ΑΣ.Β", "ασ.β")]
    [InlineData("Σ", "σ")]
    [InlineData("ªΣ", "ªς")]
    [InlineData("ⅣΣ:", "ⅳς:")]
    [InlineData("𐐀Σ", "𐐨ς")]
    [InlineData("ΑΣ·𐐀", "ασ·𐐨")]
    [InlineData("ΑΣ ΣΑ", "ας σα")]
    [InlineData("İ", "i\u0307")]
    [InlineData("ＡＢＣ", "ａｂｃ")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("が", "が")]
    public void Lower_case_is_pythons(string text, string expected) => Assert.Equal(expected, PythonText.ToLower(text));

    /// <summary>No theory: an attribute cannot hold half a surrogate pair.</summary>
    [Fact]
    public void Surrogates_without_a_partner_are_replaced() => Assert.All(
        [("猫", "猫"), ("😀", "😀"), ("\uD83D", "\uFFFD"), ("a\uDE00\uD83Db", "a\uFFFD\uFFFDb"), ("\uD83D\uD83D\uDE00", "\uFFFD😀")],
        pair => Assert.Equal(pair.Item2, PythonText.ReplaceLoneSurrogates(pair.Item1).ToString()));
}
