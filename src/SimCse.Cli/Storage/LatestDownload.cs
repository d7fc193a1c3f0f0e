using Azure;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Storage;

/// <summary>What became of one source.</summary>
/// <param name="Source">The source.</param>
/// <param name="Job">The newest version on this machine; <see langword="null"/> when it could not be fetched.</param>
/// <param name="Superseded">The folders of older versions that are still there.</param>
/// <param name="Deleted">How many older versions were deleted.</param>
/// <param name="Problem">Why the newest version could not be fetched.</param>
internal sealed record LatestSource(
    string Source, DownloadedJob? Job, IReadOnlyList<string> Superseded, int Deleted = 0, string? Problem = null);

/// <summary>
/// Keeps the newest version of many sources in one folder, laid out as in storage: <c>SOURCE/JOB/part-00000.parquet</c> and, written
/// after all files of the job, <c>_latest/SOURCE.json</c>. What is there and current costs no request.
/// </summary>
/// <param name="client">The storage account.</param>
/// <param name="download">Fetches the jobs.</param>
/// <param name="root">The folder of all sources.</param>
/// <param name="deletesOld">Whether older versions are deleted once the newest one is there.</param>
internal sealed class LatestDownload(JobClient client, JobDownload download, string root, bool deletesOld)
{
    private const int Parallelism = 8;

    /// <summary>Each source succeeds or fails by itself, unless the disk is full or storage is out of reach.</summary>
    /// <param name="sources">The results that are current, each source once.</param>
    /// <param name="done">Is called for each source when it is done, one call at a time.</param>
    /// <param name="cancellationToken">Stops the work; the next run goes on from there.</param>
    /// <returns>The results in the order of <paramref name="sources"/>.</returns>
    public async Task<IReadOnlyList<LatestSource>> RunAsync(
        IReadOnlyList<CurrentSource> sources, Action<LatestSource> done, CancellationToken cancellationToken)
    {
        var results = new LatestSource[sources.Count];
        var turn = new Lock();
        await Parallel.ForAsync(
            0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                results[i] = await TryRunAsync(sources[i], token);
                lock (turn)
                {
                    done(results[i]);
                }
            });
        return results;
    }

    private async Task<LatestSource> TryRunAsync(CurrentSource current, CancellationToken cancellationToken)
    {
        var source = current.Source;
        try
        {
            return await RunAsync(current, cancellationToken);
        }
        catch (Exception e) when (e is CliException or PermanentJobException)
        {
            return new LatestSource(source, null, [], Problem: e.Message);
        }
        catch (Exception e) when (e is not RequestFailedException && !SystemError.IsOfDisk(e)
            && SystemError.DescribeWriting(e, Folder(source)) is { } problem)
        {
            return new LatestSource(source, null, [], Problem: problem);
        }
    }

    private async Task<LatestSource> RunAsync(CurrentSource current, CancellationToken cancellationToken)
    {
        var source = current.Source;
        var (folder, record) = (Folder(source), LatestCopy.PathOf(root, source));
        var latest = LatestCopy.TryRead(record);
        var job = latest?.Job == current.Job
            ? await download.TryFindAsync(current.Job, Path.Combine(folder, current.Job), cancellationToken)
            : null;
        if (job is null)
        {
            (latest, var content) = await client.TryGetLatestAsync(source, cancellationToken)
                ?? throw new CliException($"{StorageNames.Embeddings}/{StorageNames.Latest(source)} was deleted meanwhile.");
            job = await download.RunAsync(source, latest.Job, Path.Combine(folder, latest.Job), cancellationToken);
            await WriteLatestAsync(record, content, cancellationToken);
            File.Delete(LatestCopy.OldPathOf(folder));
        }

        var old = Directory.EnumerateDirectories(folder).Where(other => IsVersion(other, source, latest!.Job))
            .Order(StringComparer.Ordinal).ToList();
        if (!deletesOld)
        {
            return new LatestSource(source, job, old);
        }

        foreach (var version in old)
        {
            new ResultFolder(version, ResultFolder.Read(version).Job!).Delete();
        }

        return new LatestSource(source, job, [], Deleted: old.Count);
    }

    private string Folder(string source) => Path.Combine(root, LocalPath.Of(source));

    /// <summary>Whether a folder was made by this class for another version of the source. Nothing else is ever deleted.</summary>
    private static bool IsVersion(string folder, string source, string latest) =>
        Path.GetFileName(folder) is var name && name != latest && ResultFolder.Read(folder).Job is { } job && job.Job == name
            && job.Source == source;

    private static async Task WriteLatestAsync(string path, BinaryData content, CancellationToken cancellationToken)
    {
        var present = File.Exists(path) ? await File.ReadAllBytesAsync(path, cancellationToken) : [];
        if (content.ToMemory().Span.SequenceEqual(present))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var file = new PendingFile(path);
        await file.Stream.WriteAsync(content, cancellationToken);
        await file.CompleteAsync();
    }
}
