using Xunit;

namespace SimCse.Testing;

/// <summary>The dictionary that the expected words of <see cref="ModelFixture"/> were cut with.</summary>
public static class DebianIpadic
{
    private const string Folder = "/var/lib/mecab/dic/ipadic-utf8";

    /// <summary>Its folder. Skips the running test, with the reason, where it is not installed.</summary>
    public static string Require()
    {
        Assert.SkipUnless(Directory.Exists(Folder), $"Needs {Folder}, of Debian's package mecab-ipadic-utf8.");
        return Folder;
    }
}
