using Xunit;

namespace SimCse.Testing;

/// <summary>The dictionary that was used to cut the expected words of <see cref="ModelFixture"/>.</summary>
public static class DebianIpadic
{
    private const string Folder = "/var/lib/mecab/dic/ipadic-utf8";

    /// <summary>Returns the dictionary's folder. Skips the running test, with the reason, if it is not installed.</summary>
    public static string Require()
    {
        Assert.SkipUnless(Directory.Exists(Folder), $"Needs {Folder}, of Debian's package mecab-ipadic-utf8.");
        return Folder;
    }
}
