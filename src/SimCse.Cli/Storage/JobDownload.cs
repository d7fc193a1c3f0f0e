using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.Cli.CommandLine;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Storage;

/// <summary>Copies the output of a complete job to this machine, as listed in <c>_SUCCESS</c>.</summary>
internal static class JobDownload
{
    private const int Parallelism = 4;

    /// <returns>The paths of the parts, in order.</returns>
    /// <exception cref="CliException">The job is not complete.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        JobStorage storage, JobStatus status, string folder, CancellationToken cancellationToken)
    {
        if (status.State != JobStatus.Succeeded)
        {
            throw new CliException(
                $"Job {status.Job} ({status.Source}) is {status.State}; only a job that has succeeded can be fetched. {status.Reason}"
                    .TrimEnd());
        }

        var success = storage.Embeddings.GetBlobClient(StorageNames.Success(status.Source, status.Job));
        var content = (await success.DownloadContentAsync(cancellationToken)).Value.Content;
        var parts = JsonSerializer.Deserialize(content.ToMemory().Span, JobsJson.Default.JobSuccess)!.Parts;
        Directory.CreateDirectory(folder);

        // The names are those of the job, whatever the blob calls them: neither side leaves its folder.
        var names = parts.Select((_, shard) => StorageNames.Part(status.Source, status.Job, shard)).ToList();
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (name, token) => await DownloadAsync(storage.Embeddings, name, Local(name), token));
        for (var shard = 0; shard < parts.Count; shard++)
        {
            if (parts[shard].Errors > 0)
            {
                Directory.CreateDirectory(Path.Combine(folder, "errors"));
                var errors = StorageNames.Errors(status.Source, status.Job, shard);
                await DownloadAsync(
                    storage.Embeddings, errors, Path.Combine(folder, "errors", Path.GetFileName(errors)), cancellationToken);
            }
        }

        // Written last, as in storage: whoever sees it can see all other files.
        await File.WriteAllBytesAsync(Path.Combine(folder, "_SUCCESS"), content.ToArray(), cancellationToken);
        return [.. names.Select(Local)];

        string Local(string name) => Path.Combine(folder, Path.GetFileName(name));
    }

    private static async Task DownloadAsync(BlobContainerClient container, string name, string path, CancellationToken cancellationToken) =>
        await container.GetBlobClient(name).DownloadToAsync(path, cancellationToken);
}
