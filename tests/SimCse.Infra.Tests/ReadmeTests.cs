using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>README in two languages says the same: the same headings, commands and links, in the same order.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string English = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.md"));
    private static readonly string Japanese = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.ja.md"));

    [Fact]
    public void Headings_stand_at_the_same_levels() => Assert.Equal(
        Values(HeadingPattern(), Block().Replace(English, "")), Values(HeadingPattern(), Block().Replace(Japanese, "")));

    [Fact]
    public void Code_is_the_same_byte_for_byte()
    {
        Assert.NotEmpty(Block().Matches(English));
        Assert.Equal(Values(Block(), English), Values(Block(), Japanese));
    }

    /// <summary>Sections may order their links as their language wants. A link within the page has the language's own heading.</summary>
    [Fact]
    public void Links_of_each_section_lead_to_the_same_pages() => Assert.Equal(
        Links(English, except: "README.ja.md"), Links(Japanese, except: "README.md"));

    [Fact]
    public void Each_begins_with_a_link_to_the_other()
    {
        Assert.StartsWith("# SimCSE Functions\n\n[日本語](README.ja.md)\n", English, StringComparison.Ordinal);
        Assert.StartsWith("# SimCSE Functions\n\n[English](README.md)\n", Japanese, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_have_the_same_rows_and_figures() => Assert.Equal(Figures(English), Figures(Japanese));

    private static List<string> Values(Regex pattern, string text) => [.. pattern.Matches(text).Select(match => match.Value)];

    private static List<string> Links(string text, string except) =>
    [
        .. text.Split("\n## ").SelectMany(
            (section, number) => LinkPattern().Matches(section).Select(link => link.Groups[1].Value)
                .Where(link => link != except && link[0] != '#').Order(StringComparer.Ordinal).Select(link => $"{number} {link}")),
    ];

    private static List<string> Figures(string text) =>
    [
        .. text.Split('\n').Where(line => line.StartsWith('|')).Select(line => string.Join(' ', Values(FigurePattern(), line))),
    ];

    [GeneratedRegex("^#+(?= )", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex FigurePattern();
}
