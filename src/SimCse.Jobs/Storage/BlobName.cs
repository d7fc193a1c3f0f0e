using System.Globalization;

namespace SimCse.Jobs.Storage;

/// <summary>
/// Names of blobs that people choose. A name either stands for the blob of exactly this name, or is refused before anything is read.
/// </summary>
public static class BlobName
{
    /// <summary>The most UTF-16 characters of a blob's name, as Azure's documentation has it.</summary>
    public const int MaxLength = 1024;

    /// <summary>
    /// The most parts between slashes. With a hierarchical namespace Azure counts 63, among them the account and the container; without
    /// one it counts 254.
    /// </summary>
    public const int MaxSegments = 61;

    /// <summary>Why no blob can have the name; <see langword="null"/> when one can.</summary>
    public static string? Problem(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var segments = name.Split('/');
        return name.Length is 0 or > MaxLength ? $"it has {Number(name.Length)} characters; expected 1 to {Number(MaxLength)}."
            : segments.Length > MaxSegments ? $"it has {segments.Length} parts between slashes; storage allows {MaxSegments}."
            : FirstUnwritable(name) is { } index
                ? $"character {index + 1} is U+{(int)name[index]:X4}, which storage cannot list; expected a name without such characters."
            : name.Contains('\\', StringComparison.Ordinal)
                ? "'\\' is turned into '/' on the way to storage, so that it would be another blob; expected a name without it."
            : segments.Any(segment => segment is "." or "..")
                ? "'.' and '..' between slashes are resolved on the way to storage, so that it would be another blob; expected a name " +
                    "without them."
            : segments.Any(segment => segment.EndsWith('.'))
                ? "a part between slashes ends with a dot, which not every storage account keeps; expected a name without such parts."
            : null;
    }

    /// <summary>Listings are XML, which lacks control characters, U+FFFE, U+FFFF and halves of surrogate pairs.</summary>
    private static int? FirstUnwritable(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogatePair(name, i))
            {
                i++;
            }
            else if (char.IsControl(name[i]) || char.IsSurrogate(name[i]) || name[i] >= '\uFFFE')
            {
                return i;
            }
        }

        return null;
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
