using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class SourceFilterTests
{
    [Theory]
    [InlineData("a.txt", true)]
    [InlineData("a/b/c.JSONL.gz", true)]
    [InlineData("README.txt", true)]
    [InlineData("a.csv.zst", true)]
    [InlineData("a.TSV", true)]
    [InlineData("a.json.gz", true)]
    [InlineData("a.parquet", true)]
    [InlineData("a.parquet.gz", false)]
    [InlineData("a.zip", true)]
    [InlineData("readme.md", false)]
    [InlineData(".DS_Store", false)]
    [InlineData("a/Thumbs.db", false)]
    [InlineData("desktop.ini", false)]
    [InlineData(".a.txt.swp", false)]
    [InlineData("a.txt~", false)]
    [InlineData("a/._b.txt", false)] // macOS keeps attributes so on foreign disks
    [InlineData("~$a.txt", false)]
    [InlineData(".git/a.txt", false)]
    [InlineData("a/.ipynb_checkpoints/b.txt", false)]
    [InlineData("a.tar.gz", false)]
    [InlineData("", false)]
    public void Names_of_texts_are_told_from_others(string name, bool isSource) => Assert.Equal(isSource, new SourceFilter().Admits(name));

    [Theory]
    [InlineData("*.jsonl", "a/b.jsonl", true)]
    [InlineData("*.jsonl", "a/b.txt", false)]
    [InlineData("news", "news/a.txt", true)]
    [InlineData("news", "old/news/2026/a.txt", true)]
    [InlineData("news", "newsletter/a.txt", false)]
    [InlineData("news/*", "news/a.txt", true)]
    [InlineData("news/*", "news/2026/a.txt", false)]
    [InlineData("news/**", "news/2026/a.txt", true)]
    [InlineData("**/final/*.txt", "final/a.txt", true)]
    [InlineData("**/final/*.txt", "a/b/final/c.txt", true)]
    [InlineData("**/final/*.txt", "a/nofinal/c.txt", false)]
    [InlineData("a?.txt", "ab.txt", true)]
    [InlineData("a?.txt", "a.txt", false)]
    [InlineData("a+(b)[c].txt", "a+(b)[c].txt", true)]
    [InlineData(" x ; NEWS ", "news/a.txt", true)]
    [InlineData("猫*", "猫の話.txt", true)]
    [InlineData(";;", "a.txt", true)]
    public void Patterns_are_of_parts_or_of_whole_names(string pattern, string name, bool matches)
    {
        Assert.Equal(matches, new SourceFilter(include: pattern, exclude: "").Admits(name));
        Assert.Equal(!matches || pattern == ";;", new SourceFilter(include: "", exclude: pattern).Admits(name));
    }
}
