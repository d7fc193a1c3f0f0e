using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Storage;

/// <summary>The records on this machine that say which job of a source is the newest: <c>_latest/SOURCE.json</c>, as in storage.</summary>
internal static class LatestCopy
{
    private static readonly string Folder = StorageNames.LatestFolder.TrimEnd('/');

    public static string PathOf(string root, string source) => Path.Combine(root, Folder, $"{LocalPath.Of(source)}.json");

    /// <summary>Where earlier releases wrote it: in the folder of the source's versions.</summary>
    public static string OldPathOf(string folder) => Path.Combine(folder, "latest.json");

    /// <summary>The record; <see langword="null"/> when there is none, or it is cut off.</summary>
    public static LatestJob? TryRead(string path) =>
        File.Exists(path) ? JobClient.TryParseLatest(BinaryData.FromBytes(File.ReadAllBytes(path))) : null;

    /// <summary>All records below a folder of many sources.</summary>
    public static IEnumerable<LatestJob> All(string root) =>
        Find(Path.Combine(root, Folder), "*.json").Concat(Find(root, "latest.json")).Select(TryRead).OfType<LatestJob>();

    /// <summary>
    /// The job that is the newest according to the record of any folder above; <see langword="null"/> when none of them has one.
    /// </summary>
    /// <param name="version">The folder of one version.</param>
    /// <param name="source">The source.</param>
    public static string? FindAbove(string version, string source)
    {
        var old = TryRead(OldPathOf(Path.Combine(version, "..")))?.Job;
        for (var folder = Path.GetDirectoryName(version); old is null && folder is not null; folder = Path.GetDirectoryName(folder))
        {
            old = TryRead(PathOf(folder, source))?.Job;
        }

        return old;
    }

    private static IEnumerable<string> Find(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories) : [];
}
