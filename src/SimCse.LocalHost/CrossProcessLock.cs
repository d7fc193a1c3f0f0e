namespace SimCse.LocalHost;

/// <summary>
/// Mutual exclusion between processes of one user through an open file, which the system releases however its holder ends.
/// </summary>
internal static class CrossProcessLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the lock; disposing what comes back releases it. The file stays: deleting it would let two holders in.</summary>
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
                // Held by another process.
                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }
}
