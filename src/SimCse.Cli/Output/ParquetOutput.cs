using SimCse.Jobs.Parts;

namespace SimCse.Cli.Output;

/// <summary>Writes rows as a part, with one row group per batch.</summary>
internal sealed class ParquetOutput : IRowOutput
{
    private readonly PendingFile _file;
    private readonly PartWriter _writer;
    private bool _isClosed;

    private ParquetOutput(PendingFile file, PartWriter writer)
    {
        _file = file;
        _writer = writer;
    }

    /// <param name="file">The file to write; the result owns it.</param>
    /// <param name="metadata">The metadata in the footer.</param>
    /// <param name="includeText">Whether the part has the column <c>text</c>.</param>
    /// <param name="kept">The columns that it has from the source; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<ParquetOutput> CreateAsync(
        PendingFile file, PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn>? kept, CancellationToken cancellationToken)
    {
        try
        {
            return new ParquetOutput(file, await PartWriter.CreateAsync(file.Stream, metadata, includeText, kept, cancellationToken));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public Task WriteAsync(PartRows rows, CancellationToken cancellationToken) => _writer.WriteAsync(rows, cancellationToken);

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await CloseAsync();
        await _file.CompleteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync();
        }
        catch (IOException)
        {
            // The footer of a file that is thrown away did not fit on the disk, either: the caller has that exception already.
        }
        finally
        {
            await _file.DisposeAsync();
        }
    }

    private async Task CloseAsync()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            await _writer.DisposeAsync();
        }
    }
}
