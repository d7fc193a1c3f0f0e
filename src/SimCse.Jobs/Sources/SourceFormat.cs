namespace SimCse.Jobs.Sources;

/// <summary>The format of a source, which the ending of its name gives.</summary>
/// <param name="JsonLines">Whether each line is a JSON object; otherwise each line is a text.</param>
/// <param name="Compressed">Whether the source is compressed with gzip.</param>
public readonly record struct SourceFormat(bool JsonLines, bool Compressed)
{
    /// <summary>The format's name: <c>jsonl</c> or <c>txt</c>.</summary>
    public string Name => JsonLines ? "jsonl" : "txt";

    /// <exception cref="NotSupportedException">The name does not end in .txt, .jsonl, .txt.gz or .jsonl.gz.</exception>
    public static SourceFormat FromName(string name) => TryFromName(name) ?? throw new NotSupportedException(
        $"'{name}' is no text source: expected a name that ends in .txt, .jsonl, .txt.gz or .jsonl.gz.");

    /// <summary>The format; <see langword="null"/> when the name has none of these endings.</summary>
    public static SourceFormat? TryFromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var compressed = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var bare = compressed ? name[..^3] : name;
        return bare.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? new SourceFormat(false, compressed)
            : bare.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? new SourceFormat(true, compressed)
            : null;
    }
}
