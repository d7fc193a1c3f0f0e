using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>Reads the texts of a shard as a stream, a slice at a time. Thread-safe.</summary>
internal sealed class ShardSource(JobStorage storage, SliceLimits limits, StageSource staging)
{
    /// <summary>Reads the shard's byte range from the version of the source that was planned.</summary>
    /// <exception cref="PermanentJobException">That version no longer exists.</exception>
    public async IAsyncEnumerable<ShardSlice> ReadAsync(
        JobManifest manifest, int shard, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = manifest.Shards[shard];
        await using var content = await OpenAsync(manifest, range, cancellationToken);
        var layout = manifest.Records;
        var (lines, parser) = (layout.Cut(content), layout.CreateParser());
        var (slice, count) = (new ShardSlice(), 0L);
        for (var number = range.FirstLine; lines.TryRead() || await lines.ReadAsync(cancellationToken); number += lines.Lines)
        {
            if (layout.IsBlank(lines))
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

    private Task<Stream> OpenAsync(JobManifest manifest, ShardRange range, CancellationToken cancellationToken) =>
        manifest.Staged ? OpenStagedAsync(manifest, range, cancellationToken) : OpenSourceAsync(manifest, range, cancellationToken);

    /// <summary>Stages the text again if it was deleted because its job was cancelled or had failed.</summary>
    private async Task<Stream> OpenStagedAsync(JobManifest manifest, ShardRange range, CancellationToken cancellationToken)
    {
        var blob = storage.Jobs.GetBlobClient(StorageNames.StagedText(manifest.Job));
        while (true)
        {
            try
            {
                return await OpenAsync(blob, range, conditions: null, cancellationToken);
            }
            catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
            {
                await staging.RestageAsync(manifest, cancellationToken);
            }
        }
    }

    private async Task<Stream> OpenSourceAsync(JobManifest manifest, ShardRange range, CancellationToken cancellationToken)
    {
        var blob = storage.Texts.GetBlobClient(manifest.Source);
        try
        {
            return await OpenAsync(
                blob, range, new BlobRequestConditions { IfMatch = new ETag(manifest.SourceETag) }, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            // Storage reports the failed condition first: only a second request tells a deleted source from an overwritten one.
            var what = await blob.ExistsAsync(cancellationToken) ? "overwritten" : "deleted";
            throw new PermanentJobException(
                $"The source '{manifest.Source}' was {what} after it was planned (ETag {manifest.SourceETag}); a new version is a job of " +
                "its own.",
                e);
        }
    }

    private static async Task<Stream> OpenAsync(
        BlobClient blob, ShardRange range, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var download = await blob.DownloadStreamingAsync(
            new BlobDownloadOptions { Range = new HttpRange(range.Offset, range.Bytes), Conditions = conditions }, cancellationToken);
        return download.Value.Content;
    }
}
