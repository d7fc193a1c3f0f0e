using Azure.Storage.Blobs;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Search;

/// <summary>Finds the parts of the newest version of sources in storage. They are read from there, and no copy is made.</summary>
internal static class StoredVectors
{
    private const int Parallelism = 8;

    /// <param name="client">The storage account.</param>
    /// <param name="sourceOrPrefix">A source, or the beginning of several names.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CliException">No source begins so and has a complete job.</exception>
    public static async Task<IReadOnlyList<VectorFile>> FindAsync(
        JobClient client, string sourceOrPrefix, CancellationToken cancellationToken)
    {
        var sources = await client.ListCurrentAsync(sourceOrPrefix, cancellationToken: cancellationToken);
        if (sources.Count == 0)
        {
            throw JobReferences.NoSource(sourceOrPrefix);
        }

        var files = new List<VectorFile>[sources.Count];
        await Parallel.ForAsync(
            0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (i, token) => files[i] = await PartsAsync(client, sources[i], token));
        return [.. files.SelectMany(parts => parts)];
    }

    /// <param name="client">The storage account.</param>
    /// <param name="id">The job's id, or its beginning.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CliException">There is no such job, or it is not complete.</exception>
    public static async Task<IReadOnlyList<VectorFile>> OfJobAsync(JobClient client, string id, CancellationToken cancellationToken)
    {
        var status = await client.GetJobAsync(id, cancellationToken);
        return await client.TryGetSuccessAsync(status.Source, status.Job, cancellationToken) is { } success
            ? Parts(client, success.Record)
            : throw new CliException($"The job {status.Job} is {status.State}; expected one that has succeeded.");
    }

    private static async Task<List<VectorFile>> PartsAsync(JobClient client, CurrentSource current, CancellationToken cancellationToken) =>
        await client.TryGetSuccessAsync(current.Source, current.Job, cancellationToken) is { Record: var success }
            ? Parts(client, success)
            : throw new CliException($"The results of {current.Source} were deleted meanwhile; run the command again.");

    private static List<VectorFile> Parts(JobClient client, JobSuccess job) =>
        [.. job.Parts.Select((part, shard) => Part(client.Storage.Embeddings, job, part, shard))];

    private static ParquetVectors Part(BlobContainerClient embeddings, JobSuccess job, JobPart part, int shard)
    {
        var name = StorageNames.Output(job.Source, job.Job) + job.PartFile(shard);
        var metadata = new PartMetadata
        {
            Model = job.Model,
            Dimension = job.Options.Dimensions ?? job.Model.Dimension,
            Normalized = job.Options.Normalize,
            VectorType = job.Options.VectorType ?? VectorType.Float32,
            ChunkOverlap = job.Options.ChunkOverlap,
            Prompt = job.Prompt?.Text,
            PromptName = job.Prompt?.Name,
            Arithmetic = ArithmeticLabel.Join(job.Arithmetics?.Keys ?? []),
            Origin = new PartOrigin(job.Job, shard, job.Source, job.SourceETag),
        };
        return new ParquetVectors(
            $"{embeddings.Name}/{name}", metadata, job.Options.Keep is not null,
            token => PartContent.OpenAsync(embeddings.GetBlobClient(name), part.Bytes, token));
    }
}
