using Azure.Storage.Blobs;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>The blobs of one shard in <c>embeddings</c>: its part, and its error rows where there are any. Not thread-safe.</summary>
internal sealed class ShardBlobs(BlobContainerClient embeddings, JobManifest manifest, int shard, SliceLimits limits)
{
    private readonly string _part = StorageNames.Part(manifest.Source, manifest.Job, shard);

    /// <summary>The record of the shard's part; <see langword="null"/> when there is no part yet.</summary>
    /// <exception cref="UnreadableRecordException">The part's metadata holds no record, or a newer one.</exception>
    /// <exception cref="PermanentJobException">The part holds another shard than the one that the manifest describes.</exception>
    public async Task<ProgressRecord?> TryReadRecordAsync(CancellationToken cancellationToken)
    {
        var part = await JobStorage.TryGetPropertiesAsync(embeddings, _part, cancellationToken);
        if (part is null)
        {
            return null;
        }

        var record = ProgressRecord.FromMetadata(shard, part.Metadata, JobStorage.BlobName(embeddings, _part));
        return record.Texts + record.Errors == manifest.Shards[shard].Texts
            ? record
            : throw new PermanentJobException(
                $"'{_part}' holds {record.Texts} texts and {record.Errors} errors; the manifest counts {manifest.Shards[shard].Texts} " +
                $"texts. Delete the folder '{StorageNames.Output(manifest.Source, manifest.Job)}' and retry: the manifest was made again " +
                "since.");
    }

    /// <summary>Begins the shard's part, which stays invisible until it is committed.</summary>
    public Task<ShardWriter> CreateAsync(PartMetadata metadata, CancellationToken cancellationToken) =>
        ShardWriter.CreateAsync(
        shard,
        new BlobUpload(embeddings, _part, limits.BlockBytes),
        new BlobUpload(embeddings, manifest.ErrorFile(shard), limits.BlockBytes),
        metadata,
        manifest.Options.IncludeText,
        manifest.Kept,
        cancellationToken);

    /// <summary>The footer of the shard's part.</summary>
    public PartMetadata Metadata(int dimension, InferenceDevice device, string arithmetic) => new()
    {
        Model = manifest.Model,
        Dimension = dimension,
        Normalized = manifest.Options.Normalize,
        VectorType = manifest.Options.VectorType ?? VectorType.Float32,
        Range = manifest.VectorRange ?? VectorRange.Unit,
        ChunkOverlap = manifest.Options.ChunkOverlap,
        Prompt = manifest.Prompt?.Text,
        PromptName = manifest.Prompt?.Name,
        Device = device,
        Arithmetic = arithmetic,
        Origin = new PartOrigin(manifest.Job, shard, manifest.Source, manifest.SourceETag),
    };
}
