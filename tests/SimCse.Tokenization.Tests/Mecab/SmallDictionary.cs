using SimCse.Testing;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>A dictionary of a few dozen words, compiled by mecab-dict-index from the sources beside it; see its README.md.</summary>
internal static class SmallDictionary
{
    /// <summary>Seed and number of the texts that <c>expected.jsonl</c> holds native MeCab's words of.</summary>
    public const int ExpectedSeed = 7;
    public const int ExpectedTexts = 500;

    private static readonly string Root = Path.Combine(RepositoryRoot.Path, "tests", "SimCse.Tokenization.Tests", "SmallDictionary");

    public static string Folder { get; } = Path.Combine(Root, "compiled");

    public static string Expected { get; } = Path.Combine(Root, "expected.jsonl");

    /// <summary>Copies the dictionary, for tests that damage it.</summary>
    public static void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }
}
