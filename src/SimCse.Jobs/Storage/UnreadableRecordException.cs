using Azure;

namespace SimCse.Jobs.Storage;

/// <summary>A record in storage cannot be read. The message names the blob, and says what was found and what was expected.</summary>
internal sealed class UnreadableRecordException : PermanentJobException
{
    private UnreadableRecordException(string blob, string message, Exception? inner)
        : base(message, inner) => Blob = blob;

    /// <summary>The blob's container and name.</summary>
    public string Blob { get; }

    /// <summary>Whether a newer release wrote the record. Then nothing is wrong with it, and it must stay as it is.</summary>
    public bool IsNewer { get; private init; }

    /// <summary>The content of a broken record.</summary>
    public ReadOnlyMemory<byte> Content { get; private init; }

    /// <summary>The ETag of a broken record, to replace that and no other.</summary>
    public ETag ETag { get; private init; }

    public static UnreadableRecordException Newer(string blob, object version) => new(
        blob,
        $"'{blob}' was written by a newer simcse: it has version {version}, and this one reads up to version {StoredRecord.Version}. " +
            "Update the app and the command line.",
        inner: null)
    {
        IsNewer = true,
    };

    public static UnreadableRecordException Broken(
        string blob, string problem, ETag etag, ReadOnlyMemory<byte> content = default, Exception? inner = null) => new(
        blob,
        $"'{blob}' cannot be read: {problem} Expected what this release of simcse writes; it was cut off, changed, or is of another " +
            "release.",
        inner)
        {
            Content = content,
            ETag = etag,
        };
}
