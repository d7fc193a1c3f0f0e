using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;

namespace SimCse.Jobs.Storage;

/// <summary>
/// The form of every JSON record in storage: the version comes first, then the members of the record. A record without a version has
/// version 1, as the first releases wrote it. A form that an older reader would misunderstand gets the next version.
/// </summary>
internal static class StoredRecord
{
    public const int Version = 1;

    /// <summary>The name of the version in records, and in the metadata of blobs that are not JSON.</summary>
    public const string VersionName = "version";

    public static byte[] Write<T>(T record, JsonTypeInfo<T> type)
    {
        var members = JsonSerializer.SerializeToUtf8Bytes(record, type);
        var version = Encoding.ASCII.GetBytes($"{{\"{VersionName}\":{Version}{(members.Length > "{}".Length ? "," : "")}");
        return [.. version, .. members.AsSpan(1)];
    }

    /// <param name="json">The content of the blob.</param>
    /// <param name="type">The type of the record.</param>
    /// <param name="blob">The blob's container and name, for errors.</param>
    /// <param name="etag">The blob's ETag.</param>
    /// <exception cref="UnreadableRecordException">The record is of a newer version, cut off, or not what simcse writes.</exception>
    public static T Read<T>(BinaryData json, JsonTypeInfo<T> type, string blob, ETag etag)
    {
        var bytes = json.ToMemory();

        // First of all: the members of a newer form are others.
        if (FindVersion(bytes.Span) is > Version and var version)
        {
            throw UnreadableRecordException.Newer(blob, version);
        }

        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type) ?? throw new JsonException("The JSON value is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw UnreadableRecordException.Broken(blob, $"{JsonReason.Describe(e)}.", etag, bytes, e);
        }
    }

    /// <summary>The first members of an object, up to where it is cut off or damaged.</summary>
    public static Dictionary<string, JsonElement> Members(ReadOnlySpan<byte> json)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!JsonDocument.TryParseValue(ref reader, out var value))
                {
                    break;
                }

                using (value)
                {
                    members[name] = value.RootElement.Clone();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The rest is damaged.
        }

        return members;
    }

    /// <summary>Reads no further than the version, which comes first in all records that have one.</summary>
    private static long FindVersion(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
        try
        {
            for (var more = reader.Read() && reader.TokenType == JsonTokenType.StartObject; more && reader.Read();)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(VersionName))
                {
                    return reader.Read() && reader.TryGetInt64(out var version) ? version : Version;
                }

                more = reader.TokenType != JsonTokenType.EndObject && reader.TrySkip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // It is cut off or damaged, which its reader will find, too.
        }

        return Version;
    }
}
