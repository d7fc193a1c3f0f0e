using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>Lines that people read end where a window does: 140 characters in code, 120 in prose.</summary>
public sealed class LineTests
{
    [Theory]
    [InlineData("src", "*.cs", 140)]
    [InlineData("tests", "*.cs", 140)]
    [InlineData("docs", "*.md", 120)]
    [InlineData(".", "*.md", 120)]
    public void Lines_are_short(string folder, string pattern, int max)
    {
        var option = folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories;
        var files = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), pattern, option)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(name => name is "bin" or "obj")).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => LongLines(file, max)));
    }

    /// <summary>What cannot be broken may be longer: a word without a blank, a table's row, code in prose, data in a raw string.</summary>
    private static IEnumerable<string> LongLines(string file, int max)
    {
        var fence = file.EndsWith(".md", StringComparison.Ordinal) ? "```" : "\"\"\"";
        var inside = false;
        foreach (var (number, line) in File.ReadLines(file).Index())
        {
            var isFixed = inside || line.StartsWith('|') || line.Contains(fence, StringComparison.Ordinal)
                || !line.Trim().Contains(' ', StringComparison.Ordinal);
            inside ^= line.Split(fence).Length % 2 == 0;
            if (line.Length > max && !isFixed)
            {
                yield return $"{Path.GetRelativePath(RepositoryRoot.Path, file)}:{number + 1} has {line.Length} characters";
            }
        }
    }
}
