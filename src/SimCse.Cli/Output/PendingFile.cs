namespace SimCse.Cli.Output;

/// <summary>
/// A file that is named when it is complete and on the disk: nobody reads half of it, and a run that is cancelled or fills the disk leaves
/// nothing.
/// </summary>
internal sealed class PendingFile : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly string _partial;
    private bool _isComplete;

    public PendingFile(string path)
    {
        _path = Path.GetFullPath(path);
        _partial = $"{_path}.partial";
        Stream = new FileStream(_partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.Asynchronous);
    }

    public FileStream Stream { get; }

    /// <summary>Ends the writing and gives the file its final name.</summary>
    public async Task CompleteAsync()
    {
        Stream.Flush(flushToDisk: true); // a full disk may say so only now
        await Stream.DisposeAsync();
        File.Move(_partial, _path, overwrite: true);
        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync(); // writes what is in the buffer, for which the disk may have no space
        }
        catch (IOException) when (!_isComplete)
        {
            // The caller has another exception to report, or would have one from CompleteAsync.
        }
        finally
        {
            if (!_isComplete)
            {
                File.Delete(_partial);
            }
        }
    }
}
