using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Reads the beginning of a shard's error file: what is wrong with the first bad lines is mostly wrong with all of them.</summary>
internal static class FirstErrors
{
    private const int Bytes = 1 << 16;
    private const int MaxReasons = 3;

    /// <summary>The first error rows that have different reasons; none when the file is gone.</summary>
    public static async Task<IReadOnlyList<ErrorRow>> ReadAsync(JobStorage storage, string file, CancellationToken cancellationToken)
    {
        try
        {
            var content = await storage.Embeddings.GetBlobClient(file).DownloadContentAsync(
                new BlobDownloadOptions { Range = new HttpRange(0, Bytes) }, cancellationToken);
            var lines = content.Value.Content.ToMemory();
            var rows = new List<ErrorRow>();
            while (rows.Count < MaxReasons && lines.Span.IndexOf((byte)'\n') is var end and >= 0)
            {
                var row = JsonSerializer.Deserialize(lines.Span[..end], JobsJson.Default.ErrorRow)!;
                lines = lines[(end + 1)..];
                if (rows.TrueForAll(known => known.Reason != row.Reason))
                {
                    rows.Add(row);
                }
            }

            return rows;
        }
        catch (Exception e) when (e is JsonException || (e is RequestFailedException failed && JobStorage.IsNotFound(failed)))
        {
            return []; // somebody deleted or changed it
        }
    }
}
