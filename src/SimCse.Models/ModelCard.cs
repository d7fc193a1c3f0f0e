namespace SimCse.Models;

/// <summary>The head of a model's <c>README.md</c>: YAML between two lines of <c>---</c>, as the Hugging Face hub reads it.</summary>
internal static class ModelCard
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
}
