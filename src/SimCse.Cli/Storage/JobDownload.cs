using SimCse.Cli.CommandLine;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Storage;

/// <summary>The results of a job on this machine.</summary>
/// <param name="Success">The job's <c>_SUCCESS</c>.</param>
/// <param name="Folder">The folder of the files.</param>
/// <param name="Files">The number of files that were fetched now; 0 when everything was there.</param>
internal sealed record DownloadedJob(JobSuccess Success, ResultFolder Folder, int Files);

/// <summary>
/// Copies the results of complete jobs to this machine, as listed in <c>_SUCCESS</c>. What is there and right is not fetched again; what a
/// kill or a full disk cuts off is continued by the next run. Thread-safe for different folders.
/// </summary>
/// <param name="client">The storage account.</param>
/// <param name="verify">Whether the hashes of files that are there are checked, and not only their sizes.</param>
/// <param name="report">
/// Is called with the number of bytes still to fetch as soon as it is known, and with less than 0 for bytes that have arrived.
/// </param>
internal sealed class JobDownload(JobClient client, bool verify, Action<long>? report = null) : IDisposable
{
    private const int Parallelism = 8;

    private readonly SemaphoreSlim _requests = new(Parallelism);
    private readonly BlobFetch _fetch = new(client.Storage.Embeddings, bytes => report?.Invoke(-bytes));

    public void Dispose() => _requests.Dispose();

    /// <exception cref="CliException">The job is not complete, or the folder holds files of another job.</exception>
    public Task<DownloadedJob> RunAsync(JobStatus status, string folder, CancellationToken cancellationToken) =>
        status.State == JobStatus.Succeeded
            ? RunAsync(status.Source, status.Job, folder, cancellationToken)
            : throw new CliException(
                $"Job {status.Job} ({status.Source}) is {status.State}; only a job that has succeeded can be fetched. {status.Reason}"
                    .TrimEnd(), exitCode: ExitCodes.Refused);

    /// <summary>
    /// A job whose files are all here already, found without a request; <see langword="null"/> when storage must be asked.
    /// </summary>
    /// <exception cref="CliException">The folder holds files of another job.</exception>
    public async Task<DownloadedJob?> TryFindAsync(string job, string path, CancellationToken cancellationToken)
    {
        if (verify || ResultFolder.Read(path) is not ({ } success, true) || success.Job != job)
        {
            return null;
        }

        var folder = new ResultFolder(path, success);
        return await folder.CheckAsync(cancellationToken)
            && await FindMissingAsync(folder, success, cancellationToken) is { Parts: [], Errors: [] }
                ? new DownloadedJob(success, folder, Files: 0)
                : null;
    }

    /// <exception cref="CliException">The job is gone, or the folder holds files of another job.</exception>
    public async Task<DownloadedJob> RunAsync(string source, string job, string path, CancellationToken cancellationToken)
    {
        var (success, content) = await client.TryGetSuccessAsync(source, job, cancellationToken)
            ?? throw new CliException($"{StorageNames.Embeddings}/{StorageNames.Success(source, job)} was deleted from storage.");
        var folder = new ResultFolder(path, success);
        var isComplete = await folder.CheckAsync(cancellationToken);
        if (isComplete && await FindMissingAsync(folder, success, cancellationToken) is { Parts: [], Errors: [] })
        {
            folder.DeleteReplaced();
            return new DownloadedJob(success, folder, Files: 0);
        }

        var files = 0;
        await using (await folder.LockAsync(content, cancellationToken))
        {
            files = await FetchAsync(folder, success, cancellationToken);
        }

        folder.Complete();
        return new DownloadedJob(success, folder, files);
    }

    private async Task<int> FetchAsync(ResultFolder folder, JobSuccess success, CancellationToken cancellationToken)
    {
        var output = StorageNames.Output(success.Source, success.Job);
        var missing = await FindMissingAsync(folder, success, cancellationToken);
        report?.Invoke(missing.Parts.Sum(shard => success.Parts[shard].Bytes));
        var fetches = missing.Parts
            .Select(shard => new Func<CancellationToken, Task>(token => _fetch.FetchPartAsync(
                output + success.PartFile(shard), success.Parts[shard], folder.Parts[shard], token)))
            .Concat(missing.Errors.Select(file => new Func<CancellationToken, Task>(token => _fetch.FetchErrorsAsync(
                output + success.ErrorFile(file.Shard), success.Parts[file.Shard].Errors, file.Path, token)))).ToList();
        await Parallel.ForEachAsync(
            fetches, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (fetch, token) => await InTurnAsync(() => fetch(token), token));
        return fetches.Count;
    }

    private async Task<(IReadOnlyList<int> Parts, IReadOnlyList<(int Shard, string Path)> Errors)> FindMissingAsync(
        ResultFolder folder, JobSuccess success, CancellationToken cancellationToken)
    {
        var parts = new List<int>();
        for (var shard = 0; shard < success.Parts.Count; shard++)
        {
            if (!await BlobFetch.IsRightAsync(success.Parts[shard], folder.Parts[shard], verify, cancellationToken))
            {
                parts.Add(shard);
            }
        }

        return (parts, [.. folder.ErrorFiles.Where(file => !File.Exists(file.Path))]);
    }

    /// <summary>Bounds the requests of all jobs that are fetched side by side.</summary>
    private async Task InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await _requests.WaitAsync(cancellationToken);
        try
        {
            await work();
        }
        finally
        {
            _requests.Release();
        }
    }
}
