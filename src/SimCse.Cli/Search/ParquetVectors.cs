using System.Runtime.CompilerServices;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>The rows of a part.</summary>
/// <param name="name">The name to show.</param>
/// <param name="open">Opens the part as a stream that can seek.</param>
internal sealed class ParquetVectors(string name, Func<CancellationToken, Task<Stream>> open) : VectorFile(name)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>A file on this machine.</summary>
    public ParquetVectors(string path)
        : this(
            path,
            _ => Task.FromResult<Stream>(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous)))
    {
    }

    /// <summary>A part of which something else tells what its footer would.</summary>
    public ParquetVectors(string name, PartMetadata metadata, Func<CancellationToken, Task<Stream>> open)
        : this(name, open)
    {
        Metadata = metadata;
        Dimension = metadata.Dimension;
    }

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (Metadata is null)
        {
            await using var stream = await open(cancellationToken);
            await using var part = await PartReader.OpenAsync(stream, Name, cancellationToken);
            Metadata = part.Metadata;
            Dimension = part.Metadata.Dimension;
        }
    }

    public override async IAsyncEnumerable<PartRows> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await open(cancellationToken);
        await using var part = await PartReader.OpenAsync(stream, Name, cancellationToken);
        await foreach (var rows in part.ReadAsync(cancellationToken))
        {
            yield return rows;
        }
    }
}
