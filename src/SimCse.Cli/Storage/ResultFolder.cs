using SimCse.Cli.CommandLine;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Storage;

/// <summary>
/// A folder on this machine with the results of one job, as in storage. <c>_SUCCESS</c> is there when everything else is; until then
/// <c>_SUCCESS.partial</c> says whose folder it is.
/// </summary>
/// <param name="path">The folder, which need not exist.</param>
/// <param name="job">The job's <c>_SUCCESS</c>.</param>
internal sealed class ResultFolder(string path, JobSuccess job)
{
    public const string Success = "_SUCCESS";

    private readonly List<string> _replaced = [];

    public string Path => path;

    /// <summary>The paths of the parts, in the order of shards.</summary>
    public IReadOnlyList<string> Parts { get; } = [.. job.Parts.Select((_, shard) => Local(path, job.PartFile(shard)))];

    /// <summary>The shards that have error rows, and the paths of these.</summary>
    public IReadOnlyList<(int Shard, string Path)> ErrorFiles { get; } =
    [
        .. job.Parts.Index().Where(part => part.Item.Errors > 0).Select(part => (part.Index, Local(path, job.ErrorFile(part.Index)))),
    ];

    private string ErrorFolder => Local(path, job.ErrorFolder);

    private string SuccessPath => System.IO.Path.Combine(path, Success);

    private string MarkPath => SuccessPath + BlobFetch.PartialSuffix;

    /// <summary>The job whose results a folder holds, complete or not; <see langword="null"/> when nothing says so.</summary>
    public static (JobSuccess? Job, bool IsComplete) Read(string path)
    {
        var success = TryRead(System.IO.Path.Combine(path, Success));
        return success is not null ? (success, true) : (TryRead(System.IO.Path.Combine(path, Success + BlobFetch.PartialSuffix)), false);
    }

    /// <summary>Whether everything has been fetched.</summary>
    /// <exception cref="CliException">The folder holds files of another job, or of unknown origin.</exception>
    public async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            throw Refuse($"'{path}' is a file; expected a folder, or nothing");
        }

        if (!Directory.Exists(path))
        {
            return false;
        }

        var (owner, isComplete) = Read(path);
        if (owner is null && File.Exists(SuccessPath))
        {
            throw Refuse($"The folder '{path}' holds a _SUCCESS that simcse did not write");
        }

        if (owner is not null && owner.Job != job.Job)
        {
            throw Refuse($"The folder '{path}' holds the results of job {owner.Job} ({owner.Source}), not of {job.Job} ({job.Source})");
        }

        if (await FindStrangerAsync(isOurs: owner is not null, cancellationToken) is { } stranger)
        {
            throw Refuse($"The folder '{path}' holds {stranger}, which is not of job {job.Job} ({job.Source})");
        }

        return isComplete && owner!.Compaction == job.Compaction;
    }

    /// <summary>Makes the folder, marks it as the job's, and keeps other processes out until the result is disposed of.</summary>
    public async Task<FileStream> LockAsync(BinaryData success, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(ErrorFiles.Count > 0 ? ErrorFolder : path);
        FileStream mark;
        try
        {
            mark = new FileStream(MarkPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (SystemError.IsBusy(e))
        {
            throw new CliException(
                $"Another process fetches into '{path}'; wait for it, or choose another folder with --output.", e, ExitCodes.Refused);
        }

        try
        {
            if (!await HoldsAsync(mark, success, cancellationToken))
            {
                mark.SetLength(0);
                await mark.WriteAsync(success, cancellationToken);
                mark.Flush(flushToDisk: true);
            }

            return mark;
        }
        catch
        {
            await mark.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a download: whoever sees <c>_SUCCESS</c> can see all other files. The lock must be disposed of already.</summary>
    public void Complete()
    {
        Rename(MarkPath, SuccessPath);
        DeleteReplaced();
    }

    /// <summary>Deletes the parts that a compaction has replaced by those that are here now.</summary>
    public void DeleteReplaced()
    {
        foreach (var file in _replaced)
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// Deletes the job's files, and the folder unless it holds others. At any time the folder says that it is incomplete, and whose it is.
    /// </summary>
    public void Delete()
    {
        Rename(SuccessPath, MarkPath);
        foreach (var file in Parts.Concat(ErrorFiles.Select(file => file.Path)))
        {
            File.Delete(file);
            File.Delete(file + BlobFetch.PartialSuffix);
        }

        DeleteIfEmpty(ErrorFolder);
        File.Delete(MarkPath);
        DeleteIfEmpty(path);
    }

    private static void Rename(string from, string to)
    {
        if (File.Exists(from)) // otherwise another process has done it
        {
            File.Move(from, to, overwrite: true);
        }
    }

    /// <summary>A mark that is right is not written again: in between, the folder would belong to nobody.</summary>
    private static async Task<bool> HoldsAsync(FileStream mark, BinaryData success, CancellationToken cancellationToken)
    {
        var content = new byte[mark.Length];
        await mark.ReadExactlyAsync(content, cancellationToken);
        mark.Position = 0;
        return success.ToMemory().Span.SequenceEqual(content);
    }

    private static void DeleteIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    private static CliException Refuse(string found) =>
        new($"{found}. Choose another folder with --output, or remove it.", exitCode: ExitCodes.Refused);

    private static JobSuccess? TryRead(string file)
    {
        try
        {
            return File.Exists(file) ? JobClient.TryParseSuccess(BinaryData.FromBytes(File.ReadAllBytes(file))) : null;
        }
        catch (IOException e) when (SystemError.IsBusy(e))
        {
            return null; // the mark of a download that runs, which the lock finds, too
        }
    }

    // The names are those of the job, whatever the blob calls its parts: neither side leaves its folder.
    private static string Local(string path, string file) => System.IO.Path.Combine([path, .. file.Split('/')]);

    /// <summary>A file that a reader would take for one of the job's, and is none.</summary>
    /// <param name="isOurs">Whether the folder says that it is the job's; otherwise only the hashes of its parts can tell.</param>
    /// <param name="cancellationToken">Ends the reading of parts.</param>
    private async Task<string?> FindStrangerAsync(bool isOurs, CancellationToken cancellationToken)
    {
        var shards = Parts.Select((part, shard) => (part, shard)).ToDictionary(pair => pair.part, pair => pair.shard);
        var errors = ErrorFiles.Select(file => file.Path).ToHashSet();
        foreach (var file in Find(path, "part-*.parquet").Concat(Find(ErrorFolder, "part-*.jsonl")))
        {
            var isKnown = shards.TryGetValue(file, out var shard)
                ? isOurs || await BlobFetch.IsRightAsync(job.Parts[shard], file, verify: true, cancellationToken)
                : isOurs && errors.Contains(file);
            var stem = System.IO.Path.GetFileNameWithoutExtension(file);
            if (!isKnown && isOurs && job.Compaction is not null && StorageNames.IsPart($"{stem}.parquet"))
            {
                _replaced.Add(file);
            }
            else if (!isKnown)
            {
                return $"'{System.IO.Path.GetRelativePath(path, file)}'";
            }
        }

        return null;
    }

    private static IEnumerable<string> Find(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern) : [];
}
