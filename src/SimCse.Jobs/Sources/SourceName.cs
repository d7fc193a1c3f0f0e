using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Sources;

/// <summary>The names of sources. A source's name begins the names of its parts, which must be names of blobs as well.</summary>
public static class SourceName
{
    private const int JobLength = 20;

    /// <summary>What the longest name of a job's output has behind its source: <c>/{job}/_errors/part-00000.jsonl</c>.</summary>
    private static readonly string Longest = StorageNames.Errors("", new string('j', JobLength), 0, StorageNames.Layout);

    /// <summary>Why no source can have the name; <see langword="null"/> when one can, whatever its format.</summary>
    public static string? Problem(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var problem = BlobName.Problem(name)
            ?? (BlobName.Problem(name + Longest) is { } ofParts ? $"the name of a part would be too long for storage: {ofParts}" : null);
        return problem is null ? null : $"'{Shorten(name)}' can be no source's name: {problem}";
    }

    /// <summary>Checks a name before anything is read or written.</summary>
    /// <exception cref="NotSupportedException">No source can have the name. The message says why.</exception>
    public static void Check(string name)
    {
        if (Problem(name) is { } problem)
        {
            throw new NotSupportedException(problem);
        }

        if (!SourceFormat.IsArchive(name))
        {
            SourceFormat.FromName(name);
        }
    }

    /// <summary>The name as it can be shown and stored: without halves of surrogate pairs, and not too long.</summary>
    private static string Shorten(string name) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(name.Length > 100 ? name[..99] + "…" : name));
}
