using System.Globalization;

namespace SimCse.LocalHost;

/// <summary>
/// A lock between processes of one user. It is an open file, which the system closes however the process that holds it ends.
/// </summary>
public static class CrossProcessLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Takes the lock and writes this process's id beside it, since nobody else can read a file that is locked. Returns null if another
    /// process holds the lock. Disposing the result releases it.
    /// </summary>
    public static IDisposable? TryAcquire(string path)
    {
        if (TryOpen(path) is not { } file)
        {
            return null;
        }

        File.WriteAllText(HolderFile(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return file;
    }

    /// <summary>The process that took the lock with <see cref="TryAcquire"/>; null if it cannot be read.</summary>
    public static int? HolderOf(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(HolderFile(path)), CultureInfo.InvariantCulture, out var processId) ? processId : null;
        }
        catch (IOException)
        {
            return null; // it is just being written
        }
    }

    /// <summary>Waits for the lock; disposing the result releases it. The file is kept: deleting it would let two holders in.</summary>
    internal static async Task<IDisposable> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryOpen(path) is { } file)
            {
                return file;
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static string HolderFile(string path) => Path.ChangeExtension(path, ".pid");

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            // Another process holds the lock.
            return null;
        }
    }
}
