using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>A file whose rows have vectors. It is read as a stream, a few rows at a time, as often as wanted.</summary>
internal abstract class VectorFile(string name)
{
    /// <summary>The name to show: a path on this machine, or a blob's with its container.</summary>
    public string Name => name;

    /// <summary>What the file says about its vectors; <see langword="null"/> where it says nothing.</summary>
    public PartMetadata? Metadata { get; protected set; }

    /// <summary>The number of components of each vector; 0 in a file without rows.</summary>
    public int Dimension { get; protected set; }

    /// <summary>
    /// The columns of the source that the rows have, too, in the order of their values. Of a part in storage they are known when
    /// <see cref="FindKeptAsync"/> has asked for them, or the part is read.
    /// </summary>
    public IReadOnlyList<KeptColumn> Kept { get; protected set; } = [];

    /// <summary>Whether the rows are chunks of lines.</summary>
    public bool HasChunks => Metadata?.ChunkOverlap is not null;

    /// <summary>Whether another program wrote the file, with a model that nobody knows.</summary>
    public virtual bool IsForeign => false;

    /// <summary>The number of rows that had no vector, and were left out, in the last reading.</summary>
    public virtual long WithoutVector => 0;

    /// <summary>The source of the rows; the name of a file that no job made.</summary>
    public string Source => Metadata?.Origin?.Source ?? name;

    /// <summary>Sets <see cref="Metadata"/> and <see cref="Dimension"/>, reading as little as possible.</summary>
    /// <exception cref="InvalidDataException">The file holds no vectors; the message says what it is.</exception>
    public abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Sets <see cref="Kept"/>, where that needs a look into the file.</summary>
    public virtual Task FindKeptAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The rows, in order. The caller owns them.</summary>
    public abstract IAsyncEnumerable<PartRows> ReadAsync(CancellationToken cancellationToken);
}
