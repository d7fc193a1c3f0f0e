using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Planning;
using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encoding;

/// <summary>The texts of one shard, and the lines that are none.</summary>
/// <param name="Ids">Of the texts.</param>
/// <param name="Lines">Of the texts, from 1.</param>
/// <param name="Texts">To encode.</param>
/// <param name="Errors">In line order.</param>
internal sealed record ShardText(List<string> Ids, List<long> Lines, List<string> Texts, List<ErrorRow> Errors)
{
    /// <summary>Reads a shard's byte range of the version that was planned.</summary>
    /// <exception cref="PermanentJobException">That version is not there any more.</exception>
    public static async Task<ShardText> ReadAsync(JobStorage storage, JobManifest manifest, int shard, CancellationToken cancellationToken)
    {
        var range = manifest.Shards[shard];
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
            await using var content = download.Value.Content;
            return await ParseAsync(content, manifest, range, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            // The failed condition comes first: only another look tells a source that is gone from one that is new.
            var what = await blob.ExistsAsync(cancellationToken) ? "overwritten" : "deleted";
            throw new PermanentJobException(
                manifest.Staged
                    ? $"The staged text of '{manifest.Source}' was {what}; upload the source again."
                    : $"The source '{manifest.Source}' was {what} after it was planned (ETag {manifest.SourceETag}); a new version is a job of its own.",
                e);
        }
    }

    private static async Task<ShardText> ParseAsync(Stream content, JobManifest manifest, ShardRange range, CancellationToken cancellationToken)
    {
        var shard = new ShardText([], [], [], []);
        var lines = new LineReader(content);
        var parser = new RecordParser(SourceFormat.FromName(manifest.Source), manifest.Charset);
        for (var number = range.FirstLine; await lines.ReadAsync(cancellationToken); number++)
        {
            if (!lines.IsBlank)
            {
                shard.Add(parser.Parse(number, lines));
            }
        }

        return shard.Texts.Count + shard.Errors.Count == range.Texts
            ? shard
            : throw new IOException(
                $"Read {shard.Texts.Count + shard.Errors.Count} texts from bytes {range.Offset} to {range.Offset + range.Bytes} of '{manifest.Source}'; " +
                $"the manifest counts {range.Texts}.");
    }

    private void Add(SourceRecord record)
    {
        if (record.Text is null)
        {
            Errors.Add(new ErrorRow(record.Line, record.Id, record.Error!));
            return;
        }

        Ids.Add(record.Id);
        Lines.Add(record.Line);
        Texts.Add(record.Text);
    }
}
