using System.Text;

namespace SimCse.Tokenization.Tests;

public sealed class UnicodeNormalizationTests
{
    [Theory]
    [InlineData("ｱｯﾌﾟﾙ", "アップル")]
    [InlineData("㍻㋿", "平成令和")]
    [InlineData("㈱", "(株)")]
    [InlineData("～〜", "~〜")]
    [InlineData("…", "...")]
    [InlineData("か\u3099", "が")]
    [InlineData("´", " \u0301")]
    [InlineData("＂ａ　ｂ＂", "\"a b\"")]
    public void Nfkc_is_pythons(string text, string expected) =>
        Assert.Equal(expected, UnicodeNormalization.Normalize(text, NormalizationForm.FormKC).ToString());

    [Fact]
    public void Noncharacters_stay_and_part_what_is_beside_them() =>
        Assert.Equal(
            "ア\uFFFE\uFFFEか\uFFFE\u3099\uFFFF",
            UnicodeNormalization.Normalize("ｱ\uFFFE\uFFFEか\uFFFE\u3099\uFFFF", NormalizationForm.FormKC).ToString());

    [Fact]
    public void A_megabyte_of_noncharacters_is_no_trouble() =>
        Assert.Equal(1 << 20, UnicodeNormalization.Normalize(new string('\uFFFE', 1 << 20), NormalizationForm.FormKC).Length);

    /// <summary>
    /// Normal forms look at starters and what combines with them: a string of all inert characters, and each beside itself.
    /// </summary>
    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormKC)]
    public void Characters_that_are_passed_by_are_normal_in_any_company(NormalizationForm form)
    {
        var inert = Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(c => UnicodeNormalization.IsInert([c])).ToArray();

        Assert.InRange(inert.Length, 20_000, 25_000);
        Assert.All(inert, c => Assert.Equal($"a{c}{c}か", $"a{c}{c}か".Normalize(form)));
        Assert.Equal(new string(inert), new string(inert).Normalize(form));
    }
}
