namespace SimCse.Cli.Output;

/// <summary>A file that is named when it is complete: nobody reads half of it, and a cancelled run leaves nothing.</summary>
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
        await Stream.DisposeAsync();
        File.Move(_partial, _path, overwrite: true);
        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        if (!_isComplete)
        {
            File.Delete(_partial);
        }
    }
}
