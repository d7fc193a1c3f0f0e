using Azure;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

public sealed partial class JobClient
{
    /// <summary>
    /// Reads everything that a complete job has made, and proves it: sizes and hashes, every row and vector, that each text is a row or an
    /// error row, their order, and that all parts say the same of themselves.
    /// </summary>
    /// <param name="job">The job's id.</param>
    /// <param name="progress">Receives the number of bytes of each part when it was read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PermanentJobException">The job is not complete, or a record of it cannot be read.</exception>
    public async Task<JobVerification> VerifyAsync(
        string job, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var manifest = await _manifests.TryGetAsync(job, cancellationToken)
            ?? throw new PermanentJobException($"Job {job} has no manifest; only a complete job can be verified.");
        var success = await TryGetSuccessAsync(manifest.Source, job, cancellationToken)
            ?? throw new PermanentJobException($"Job {job} ({manifest.Source}) has no _SUCCESS; only a complete job can be verified.");
        var files = new StoredFiles(storage, StorageNames.Output(manifest.Source, job));
        return await new JobVerifier(files, success.Record, manifest.Texts).RunAsync(progress, cancellationToken);
    }

    /// <summary>The same for a folder that holds what a job has made, with its <c>_SUCCESS</c>.</summary>
    /// <exception cref="PermanentJobException">The folder has no <c>_SUCCESS</c> that simcse wrote.</exception>
    public static async Task<JobVerification> VerifyFolderAsync(
        string folder, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var path = Path.Combine(folder, "_SUCCESS");
        var success = File.Exists(path)
            ? TryParseSuccess(BinaryData.FromBytes(await File.ReadAllBytesAsync(path, cancellationToken)))
            : null;
        return await new JobVerifier(
            new FolderFiles(folder),
            success ?? throw new PermanentJobException(
                $"The folder '{folder}' has no _SUCCESS that simcse wrote; expected one that 'simcse jobs download' has filled."),
            plannedTexts: null).RunAsync(progress, cancellationToken);
    }

    private sealed class StoredFiles(JobStorage storage, string output) : IJobFiles
    {
        public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
        {
            var names = new List<string>();
            await foreach (var blob in storage.Embeddings.GetBlobsAsync(new() { Prefix = output }, cancellationToken))
            {
                names.Add(blob.Name[output.Length..]);
            }

            return names;
        }

        public async Task<Stream?> TryOpenAsync(string path, long bytes, CancellationToken cancellationToken)
        {
            var blob = storage.Embeddings.GetBlobClient(output + path);
            try
            {
                return bytes > 0
                    ? await PartContent.OpenAsync(blob, bytes, cancellationToken)
                    : await blob.OpenReadAsync(cancellationToken: cancellationToken);
            }
            catch (Exception e) when (e is PermanentJobException || (e is RequestFailedException failed && JobStorage.IsNotFound(failed)))
            {
                return null;
            }
        }
    }

    private sealed class FolderFiles(string folder) : IJobFiles
    {
        public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>(
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')),
        ]);

        public Task<Stream?> TryOpenAsync(string path, long bytes, CancellationToken cancellationToken)
        {
            var file = Path.Combine([folder, .. path.Split('/')]);
            return Task.FromResult<Stream?>(File.Exists(file) ? File.OpenRead(file) : null);
        }
    }
}
