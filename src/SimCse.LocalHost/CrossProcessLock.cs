namespace SimCse.LocalHost;

/// <summary>
/// A lock between processes of one user. It is an open file, which the system closes however the process that holds it ends.
/// </summary>
internal static class CrossProcessLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the lock; disposing the result releases it. The file is kept: deleting it would let two holders in.</summary>
    public static async Task<IDisposable> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                // Another process holds the lock.
                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }
}
