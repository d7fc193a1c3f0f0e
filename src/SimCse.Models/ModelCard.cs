using System.Text.RegularExpressions;

namespace SimCse.Models;

/// <summary>
/// A model's <c>README.md</c>: its head, YAML between two lines of <c>---</c> as the Hugging Face hub reads it, and its example.
/// </summary>
public static partial class ModelCard
{
    private const string Fence = "---";
    private const string Key = "license:";

    /// <summary>The licence on the card's line <c>license:</c>; <see langword="null"/> when the card or the licence is missing.</summary>
    public static string? Licence(string modelFolder)
    {
        var path = Path.Combine(modelFolder, "README.md");
        if (!File.Exists(path))
        {
            return null;
        }

        using var lines = File.ReadLines(path).GetEnumerator();
        if (!lines.MoveNext() || lines.Current.TrimEnd() != Fence)
        {
            return null;
        }

        while (lines.MoveNext() && lines.Current.TrimEnd() != Fence)
        {
            if (lines.Current.StartsWith(Key, StringComparison.Ordinal))
            {
                return lines.Current[Key.Length..].Trim().Trim('"', '\'') is { Length: > 0 } licence ? licence : null;
            }
        }

        return null;
    }

    /// <summary>The texts of the card's first list <c>sentences = ["…", …]</c> in Python; none where it has no such list.</summary>
    public static IReadOnlyList<string> Sentences(string modelFolder)
    {
        var path = Path.Combine(modelFolder, "README.md");
        return File.Exists(path) && SentenceList().Match(File.ReadAllText(path)) is { Success: true } list
            ? [.. list.Groups["text"].Captures.Select(text => Unescape(text.Value[1..^1]))]
            : [];
    }

    private static string Unescape(string text) => Escape().Replace(text, escape => escape.Value[1..] switch
    {
        "n" => "\n",
        "t" => "\t",
        ['u', .. var code] => ((char)Convert.ToInt32(code, 16)).ToString(),
        var other => other,
    });

    [GeneratedRegex("""\bsentences\s*=\s*\[\s*(?:(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*(?:,\s*)?)+\]""")]
    private static partial Regex SentenceList();

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();
}
