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
    public async Task<ProgressRecord?> TryReadRecordAsync(CancellationToken cancellationToken)
    {
        var part = await JobStorage.TryGetPropertiesAsync(embeddings, _part, cancellationToken);
        return part is null ? null : ProgressRecord.FromMetadata(shard, part.Metadata);
    }

    /// <summary>Begins the shard's part, which stays invisible until it is committed.</summary>
    public Task<ShardWriter> CreateAsync(int dimension, InferenceDevice device, CancellationToken cancellationToken) =>
        ShardWriter.CreateAsync(
        shard,
        new BlobUpload(embeddings, _part, limits.BlockBytes),
        new BlobUpload(embeddings, StorageNames.Errors(manifest.Source, manifest.Job, shard), limits.BlockBytes),
        Metadata(dimension, device),
        manifest.Options.IncludeText,
        cancellationToken);

    private PartMetadata Metadata(int dimension, InferenceDevice device) => new()
    {
        Model = manifest.Model,
        Dimension = dimension,
        Normalized = manifest.Options.Normalize,
        Device = device,
        Origin = new PartOrigin(manifest.Job, shard, manifest.Source, manifest.SourceETag),
    };
}
