using System.Runtime.CompilerServices;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>The rows of a part, or of a Parquet file that others wrote.</summary>
/// <param name="name">The name to show.</param>
/// <param name="open">Opens the file as a stream that can seek.</param>
internal sealed class ParquetVectors(string name, Func<CancellationToken, Task<Stream>> open) : VectorFile(name)
{
    private const int BufferBytes = 1 << 16;

    private readonly string? _column;
    private readonly bool _hasKept;
    private ForeignParquet? _foreign;

    /// <summary>A file on this machine.</summary>
    /// <param name="path">The file.</param>
    /// <param name="column">The column of vectors, where others wrote the file; <see langword="null"/> is the only one.</param>
    public ParquetVectors(string path, string? column)
        : this(
            path,
            _ => Task.FromResult<Stream>(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous)))
    {
        _column = column;
    }

    /// <summary>A part of which something else tells what its footer would.</summary>
    /// <param name="name">The name to show.</param>
    /// <param name="metadata">The part's metadata.</param>
    /// <param name="hasKept">Whether it has columns of its source.</param>
    /// <param name="open">Opens the file as a stream that can seek.</param>
    public ParquetVectors(string name, PartMetadata metadata, bool hasKept, Func<CancellationToken, Task<Stream>> open)
        : this(name, open)
    {
        _hasKept = hasKept;
        Metadata = metadata;
        Dimension = metadata.Dimension;
    }

    public override bool IsForeign => _foreign is not null;

    public override long WithoutVector => _foreign?.WithoutVector ?? 0;

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (Metadata is not null)
        {
            return;
        }

        await using var stream = await open(cancellationToken);
        if (await ForeignParquet.IsAsync(stream, cancellationToken))
        {
            _foreign = new ForeignParquet(Name, _column);
            await foreach (var rows in _foreign.ReadAsync(stream, cancellationToken))
            {
                Dimension = rows.Encoded.Dimension;
                break;
            }

            return;
        }

        await using var part = await PartReader.OpenAsync(stream, Name, cancellationToken);
        Metadata = part.Metadata;
        Dimension = part.Metadata.Dimension;
        Kept = part.Kept;
    }

    public override async Task FindKeptAsync(CancellationToken cancellationToken)
    {
        if (_hasKept)
        {
            await using var stream = await open(cancellationToken);
            await using var part = await PartReader.OpenAsync(stream, Name, cancellationToken);
            Kept = part.Kept;
        }
    }

    public override async IAsyncEnumerable<PartRows> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await open(cancellationToken);
        if (_foreign is not null)
        {
            await foreach (var rows in _foreign.ReadAsync(stream, cancellationToken))
            {
                yield return rows;
            }

            yield break;
        }

        await using var part = await PartReader.OpenAsync(stream, Name, cancellationToken);
        Kept = part.Kept;
        await foreach (var rows in part.ReadAsync(cancellationToken))
        {
            yield return rows;
        }
    }
}
