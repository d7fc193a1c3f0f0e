namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Debian's IPADIC in UTF-8, which the expected words of tests come from.</summary>
internal static class Ipadic
{
    private const string Folder = "/var/lib/mecab/dic/ipadic-utf8";

    /// <summary>Its folder. Skips the running test, with the reason, where it is not installed.</summary>
    public static string Require()
    {
        Assert.SkipUnless(Directory.Exists(Folder), "Needs Debian's mecab-ipadic-utf8, which .ci/run installs.");
        return Folder;
    }
}
