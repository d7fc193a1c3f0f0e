using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

public sealed partial class LinkTests
{
    [Fact]
    public void Links_in_README_and_docs_lead_to_files_that_are_there()
    {
        string[] pages =
            [Path.Combine(RepositoryRoot.Path, "README.md"), .. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "docs"))];
        var links = pages.SelectMany(page => Link().Matches(File.ReadAllText(page)), (page, link) => (page, link.Groups[1].Value))
            .ToArray();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(link.page)!, link.Value)), link.ToString()));
    }

    /// <summary>A link without a scheme, up to its anchor.</summary>
    [GeneratedRegex(@"\]\(([^)#:\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
