using System.Security.Cryptography;
using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Planning;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encoding;

/// <summary>The blobs of one shard in <c>embeddings</c>: its part, and its error rows where there are any. Not thread-safe.</summary>
internal sealed class ShardOutput(BlobContainerClient embeddings, JobManifest manifest, int shard)
{
    private const byte LineFeed = (byte)'\n';

    private readonly string _part = StorageNames.Part(manifest.Source, manifest.Job, shard);

    /// <summary>The record of a part that is there; <see langword="null"/> when there is none.</summary>
    public async Task<ProgressRecord?> TryReadRecordAsync(CancellationToken cancellationToken)
    {
        var part = await JobStorage.TryGetPropertiesAsync(embeddings, _part, cancellationToken);
        return part is null ? null : ProgressRecord.FromMetadata(shard, part.Metadata);
    }

    /// <summary>Writes the error rows, then the part: whoever sees the part can count on the errors. Neither replaces what is there.</summary>
    /// <returns>The record of the part that counts: ours, or that of another delivery of this shard that was faster.</returns>
    public async Task<ProgressRecord> WriteAsync(ShardText texts, EncodedTexts encoded, long encodeMs, CancellationToken cancellationToken)
    {
        if (texts.Errors.Count > 0)
        {
            await WriteErrorsAsync(texts.Errors, cancellationToken);
        }

        using var content = await CreatePartAsync(texts, encoded, cancellationToken);
        var record = new ProgressRecord(
            shard, encoded.Count, texts.Errors.Count, encoded.TotalTokens, encoded.Truncated.AsSpan().Count(true), content.Length, encodeMs,
            Convert.ToHexStringLower(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length))));
        content.Position = 0;
        return await JobStorage.TryCreateAsync(embeddings, _part, content, record.ToMetadata(), cancellationToken)
            ? record
            : (await TryReadRecordAsync(cancellationToken))!.Value;
    }

    private async Task WriteErrorsAsync(List<ErrorRow> errors, CancellationToken cancellationToken)
    {
        using var lines = new MemoryStream();
        foreach (var error in errors)
        {
            JsonSerializer.Serialize(lines, error, JobsJson.Default.ErrorRow);
            lines.WriteByte(LineFeed);
        }

        lines.Position = 0;
        await JobStorage.TryCreateAsync(
            embeddings, StorageNames.Errors(manifest.Source, manifest.Job, shard), lines, metadata: null, cancellationToken);
    }

    private async Task<MemoryStream> CreatePartAsync(ShardText texts, EncodedTexts encoded, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        await using var part = await PartWriter.CreateAsync(content, Metadata(encoded.Dimension), manifest.Options.IncludeText, cancellationToken);
        await part.WriteAsync(new PartRows(texts.Ids, texts.Lines, texts.Texts, encoded), cancellationToken);
        return content;
    }

    private PartMetadata Metadata(int dimension) => new()
    {
        Model = manifest.Model.Name,
        Fingerprint = manifest.Model.Fingerprint,
        Dimension = dimension,
        ModelDimension = manifest.Model.Dimension,
        Pooling = manifest.Model.Pooling,
        Precision = manifest.Model.Precision,
        Normalized = manifest.Options.Normalize,
        Untrained = manifest.Model.Untrained,
        MaxSequenceLength = manifest.Model.MaxSequenceLength,
        Origin = new PartOrigin(manifest.Job, shard, manifest.Source, manifest.SourceETag),
    };
}
