using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

public sealed partial class LinkTests
{
    [Fact]
    public void Links_of_all_pages_lead_to_files_and_headings_that_are_there()
    {
        string[] pages =
        [
            .. Directory.EnumerateFiles(RepositoryRoot.Path, "*.md"),
            .. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "docs"), "*.md"),
        ];
        var links = pages.SelectMany(page => Link().Matches(File.ReadAllText(page)), (page, link) => (Page: page, Link: link)).ToArray();

        Assert.NotEmpty(links);
        Assert.All(links, found =>
        {
            var (file, heading) = (found.Link.Groups["file"].Value, found.Link.Groups["heading"].Value);
            var path = file.Length == 0 ? found.Page : Path.Combine(Path.GetDirectoryName(found.Page)!, file);
            Assert.True(Path.Exists(path), $"{found.Page}: {file}");
            Assert.True(heading.Length == 0 || Headings(path).Contains(heading), $"{found.Page}: {file}#{heading}");
        });
    }

    /// <summary>The anchors that GitHub gives to a page's headings.</summary>
    private static IEnumerable<string> Headings(string page) =>
        from Match heading in Heading().Matches(Fence().Replace(File.ReadAllText(page), ""))
        let text = heading.Groups[1].Value.ToLowerInvariant()
        select string.Concat(text.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    /// <summary>A link without a scheme.</summary>
    [GeneratedRegex(@"\]\((?<file>[^)#:\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
