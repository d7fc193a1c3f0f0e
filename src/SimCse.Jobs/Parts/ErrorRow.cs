using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SimCse.Jobs.Parts;

/// <summary>One line of <c>_errors/part-00000.jsonl</c>: a line of the source that is no row of the part.</summary>
/// <param name="Line">The line's number in the source, from 1.</param>
/// <param name="Id">The record's own id if it could be read, otherwise the line's number.</param>
/// <param name="Reason">What was found and what was expected.</param>
public sealed record ErrorRow(long Line, string Id, string Reason)
{
    /// <summary>People read these files: Japanese stands in them as it is, and only control characters are escaped.</summary>
    private static readonly JsonTypeInfo Readable = new JsonSerializerOptions(JobsJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }.GetTypeInfo(typeof(ErrorRow));

    /// <summary>The row as a line of JSON in UTF-8, with its line feed.</summary>
    public byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Readable), (byte)'\n'];
}
