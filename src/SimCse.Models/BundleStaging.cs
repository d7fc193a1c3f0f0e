using SimCse.Inference;

namespace SimCse.Models;

/// <summary>
/// A folder in which a bundle is made. It lies inside the bundle's own folder, and so on the same disk, even if that folder is a mount.
/// Until <see cref="Publish"/> the old content stays. The next import deletes what an interrupted one has left.
/// </summary>
internal sealed class BundleStaging : IDisposable
{
    private const string Prefix = ".import-";

    private readonly string _bundleFolder;

    /// <summary>The folders that did not exist before, the innermost first.</summary>
    private readonly IReadOnlyList<string> _made;

    private BundleStaging(string bundleFolder, IReadOnlyList<string> made)
    {
        (_bundleFolder, _made) = (bundleFolder, made);
        Folder = Path.Combine(bundleFolder, Prefix + Path.GetRandomFileName());
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    /// <exception cref="IOException">The folder holds files and is not a bundle.</exception>
    public static BundleStaging Create(string bundleFolder)
    {
        bundleFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(bundleFolder));
        var made = Missing(bundleFolder).ToList();
        Directory.CreateDirectory(bundleFolder);
        foreach (var leftover in Directory.GetDirectories(bundleFolder, Prefix + "*"))
        {
            Directory.Delete(leftover, recursive: true);
        }

        return File.Exists(Path.Combine(bundleFolder, BundleManifest.FileName)) || !Directory.EnumerateFileSystemEntries(bundleFolder).Any()
            ? new BundleStaging(bundleFolder, made)
            : throw new IOException($"{bundleFolder} holds files already and is no bundle; give an empty folder or a new one.");
    }

    /// <summary>
    /// Replaces the bundle's folder. The manifest is deleted first and moved last, so that there is no bundle in between.
    /// </summary>
    public Bundle Publish()
    {
        File.Delete(Path.Combine(_bundleFolder, BundleManifest.FileName));
        foreach (var entry in new DirectoryInfo(_bundleFolder).EnumerateFileSystemInfos().Where(entry => entry.FullName != Folder))
        {
            Delete(entry);
        }

        foreach (var entry in new DirectoryInfo(Folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name == BundleManifest.FileName))
        {
            Directory.Move(entry.FullName, Path.Combine(_bundleFolder, entry.Name));
        }

        Directory.Delete(Folder);
        return Bundle.Open(_bundleFolder);
    }

    /// <summary>Leaves nothing of an import that was not published, not even the folders that it made.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        foreach (var folder in _made.TakeWhile(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            Directory.Delete(folder);
        }
    }

    private static IEnumerable<string> Missing(string? folder)
    {
        for (; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private static void Delete(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo folder)
        {
            folder.Delete(recursive: true);
        }
        else
        {
            entry.Delete();
        }
    }
}
