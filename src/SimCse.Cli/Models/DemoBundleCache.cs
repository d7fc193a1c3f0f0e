using SimCse.Cli.Storage;
using SimCse.Inference;
using SimCse.Models.Untrained;

namespace SimCse.Cli.Models;

/// <summary>
/// The demo model's bundle in the user's cache. The folder's name contains the identity of the code that makes it, so that another version
/// makes its own bundle. Bundles that were not used for a while are removed.
/// </summary>
internal static class DemoBundleCache
{
    private const string Prefix = "demo-";

    private static readonly TimeSpan UnusedFor = TimeSpan.FromDays(7);

    public static string Folder =>
        Path.Combine(UserCache.Models, $"{Prefix}{typeof(DemoModel).Module.ModuleVersionId.ToString("N")[..12]}");

    public static bool Exists => File.Exists(Path.Combine(Folder, BundleManifest.FileName));

    /// <summary>Opens the bundle, and makes it if it is missing or damaged. Several processes may do so at once.</summary>
    public static async Task<Bundle> EnsureAsync(CancellationToken cancellationToken)
    {
        UserCache.Prepare(UserCache.Models);
        using var _ = await LockAsync(cancellationToken);
        var bundle = OpenOrCreate();
        Directory.SetLastWriteTimeUtc(Folder, DateTime.UtcNow);
        RemoveUnused();
        return bundle;
    }

    private static Bundle OpenOrCreate()
    {
        try
        {
            return Bundle.Open(Folder);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or InvalidDataException)
        {
            return DemoModel.CreateBundle(Folder);
        }
    }

    /// <summary>Opens a file that no other process may open. The system closes it however this process ends.</summary>
    private static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(
                    Path.Combine(UserCache.Models, "demo.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }

    private static void RemoveUnused()
    {
        foreach (var folder in new DirectoryInfo(UserCache.Models).EnumerateDirectories($"{Prefix}*"))
        {
            try
            {
                if (DateTime.UtcNow - folder.LastWriteTimeUtc > UnusedFor)
                {
                    folder.Delete(recursive: true);
                }
            }
            catch (IOException)
            {
                // It is still open in another process; a later run will remove it.
            }
        }
    }
}
