using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>Lines that people read end where a window does: 140 characters in code, 120 in prose.</summary>
public sealed class LineTests
{
    [Theory]
    [InlineData("src", "*.cs", 140)]
    [InlineData("tests", "*.cs", 140)]
    [InlineData("docs", "*.md", 120)]
    [InlineData(".", "README.md", 120)]
    public void Lines_are_short(string folder, string pattern, int max)
    {
        var option = folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories;
        var files = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), pattern, option)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(name => name is "bin" or "obj")).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => LongLines(file, max)));
    }

    /// <summary>
    /// A table's row, a command and an address cannot be broken: lines of code in prose, and those without a blank, may be longer.
    /// </summary>
    private static IEnumerable<string> LongLines(string file, int max)
    {
        var (isProse, inCode) = (file.EndsWith(".md", StringComparison.Ordinal), false);
        foreach (var (number, line) in File.ReadLines(file).Index())
        {
            inCode ^= isProse && line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (line.Length > max && !(isProse && (inCode || line.StartsWith('|') || !line.Trim().Contains(' ', StringComparison.Ordinal))))
            {
                yield return $"{Path.GetRelativePath(RepositoryRoot.Path, file)}:{number + 1} has {line.Length} characters";
            }
        }
    }
}
