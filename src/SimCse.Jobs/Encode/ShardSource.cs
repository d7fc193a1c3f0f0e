using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>Reads the texts of a shard as a stream, a slice at a time. Thread-safe.</summary>
internal sealed class ShardSource(JobStorage storage, SliceLimits limits)
{
    /// <summary>Reads the shard's byte range from the version of the source that was planned.</summary>
    /// <exception cref="PermanentJobException">That version no longer exists.</exception>
    public async IAsyncEnumerable<ShardSlice> ReadAsync(
        JobManifest manifest, int shard, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = manifest.Shards[shard];
        await using var content = await OpenAsync(manifest, range, cancellationToken);
        var lines = new LineReader(content);
        var parser = new RecordParser(SourceFormat.FromName(manifest.Source), manifest.Charset);
        var (slice, count) = (new ShardSlice(), 0L);
        for (var number = range.FirstLine; await lines.ReadAsync(cancellationToken); number++)
        {
            if (lines.IsBlank)
            {
                continue;
            }

            if (slice.Count > 0 && (slice.Count >= limits.Texts || slice.Bytes + lines.LineBytes > limits.Bytes))
            {
                yield return slice;
                slice = new ShardSlice();
            }

            slice.Add(parser.Parse(number, lines), lines.LineBytes);
            count++;
        }

        if (count != range.Texts)
        {
            throw new IOException(
                $"Read {count} texts from bytes {range.Offset} to {range.Offset + range.Bytes} of '{manifest.Source}'; the manifest " +
                $"counts {range.Texts}.");
        }

        yield return slice;
    }

    private async Task<Stream> OpenAsync(JobManifest manifest, ShardRange range, CancellationToken cancellationToken)
    {
        var blob = manifest.Staged
            ? storage.Jobs.GetBlobClient(StorageNames.StagedText(manifest.Job))
            : storage.Texts.GetBlobClient(manifest.Source);
        try
        {
            var download = await blob.DownloadStreamingAsync(
                new BlobDownloadOptions
                {
                    Range = new HttpRange(range.Offset, range.Bytes),
                    Conditions = manifest.Staged ? null : new BlobRequestConditions { IfMatch = new ETag(manifest.SourceETag) },
                },
                cancellationToken);
            return download.Value.Content;
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            // Storage reports the failed condition first: only a second request tells a deleted source from an overwritten one.
            var what = await blob.ExistsAsync(cancellationToken) ? "overwritten" : "deleted";
            throw new PermanentJobException(
                manifest.Staged
                    ? $"The staged text of '{manifest.Source}' was {what}; upload the source again."
                    : $"The source '{manifest.Source}' was {what} after it was planned (ETag {manifest.SourceETag}); a new version is a " +
                        "job of its own.",
                e);
        }
    }
}
