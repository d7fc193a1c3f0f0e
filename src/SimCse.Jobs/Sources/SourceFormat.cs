namespace SimCse.Jobs.Sources;

/// <summary>What a source's name says of it.</summary>
/// <param name="JsonLines">One JSON object a line; otherwise one text a line.</param>
/// <param name="Compressed">By gzip.</param>
public readonly record struct SourceFormat(bool JsonLines, bool Compressed)
{
    /// <summary>In words: <c>jsonl</c> or <c>txt</c>.</summary>
    public string Name => JsonLines ? "jsonl" : "txt";

    /// <exception cref="NotSupportedException">The name ends in nothing that is known.</exception>
    public static SourceFormat FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var compressed = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var bare = compressed ? name[..^3] : name;
        return bare.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? new SourceFormat(false, compressed)
            : bare.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? new SourceFormat(true, compressed)
            : throw new NotSupportedException(
                $"'{name}' is no text source: expected a name that ends in .txt, .jsonl, .txt.gz or .jsonl.gz.");
    }
}
