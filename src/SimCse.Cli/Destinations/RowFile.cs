using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Where rows go. Disposing it before <see cref="CompleteAsync"/> leaves nothing behind.</summary>
internal abstract class RowFile : IAsyncDisposable
{
    public abstract Task WriteAsync(VectorFile file, PartRows rows, CancellationToken cancellationToken);

    /// <summary>Ends the writing and gives files their names.</summary>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <returns>The number of rows.</returns>
    public async Task<long> WriteAsync(IEnumerable<VectorFile> files, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var file in files)
        {
            await foreach (var rows in file.ReadAsync(cancellationToken))
            {
                await WriteAsync(file, rows, cancellationToken);
                count += rows.Count;
            }
        }

        return count;
    }
}
