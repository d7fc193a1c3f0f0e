using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Writes rows for <c>COPY … FROM … (FORMAT BINARY)</c>.</summary>
internal sealed class PgCopyFile : RowFile
{
    private readonly PgCopyWriter _writer;
    private readonly PendingFile? _file;
    private bool _hasBegun;

    /// <param name="table">The columns.</param>
    /// <param name="file">The file to write; this object owns it.</param>
    public PgCopyFile(RowTable table, PendingFile file)
        : this(table, file.Stream)
    {
        _file = file;
    }

    /// <param name="table">The columns.</param>
    /// <param name="stream">The destination, which stays open.</param>
    public PgCopyFile(RowTable table, Stream stream)
    {
        _writer = new PgCopyWriter(table, stream);
    }

    public override async Task WriteAsync(VectorFile file, PartRows rows, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await _writer.WriteAsync(file, rows, cancellationToken);
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await _writer.EndAsync(cancellationToken);
        if (_file is not null)
        {
            await _file.CompleteAsync();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            await _writer.BeginAsync(cancellationToken);
        }
    }
}
