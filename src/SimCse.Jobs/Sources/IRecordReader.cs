using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a stream of bytes into records with bounded memory. Planner and encoder use the same, so that they count in the same way: what
/// begins at a record is cut like the whole. Not thread-safe.
/// </summary>
internal interface IRecordReader
{
    /// <summary>The record last read, without its line end; empty when it is too long or several. Valid until the next call.</summary>
    ReadOnlySpan<byte> Line { get; }

    /// <summary>The number of lines last read: of the record, or of a run of blank lines, which is read at once.</summary>
    int Lines { get; }

    /// <summary>The record's offset in bytes from the beginning of the stream.</summary>
    long LineOffset { get; }

    /// <summary>The length of the record, or of the run of blank lines, in bytes with line ends.</summary>
    long LineBytes { get; }

    /// <summary>Whether the record is longer than what is read.</summary>
    bool IsTooLong { get; }

    /// <summary>Whether nothing stands there but ASCII white space.</summary>
    bool IsBlank { get; }

    /// <summary>The charsets in which nothing stands there but white space.</summary>
    BlankIn Blank { get; }

    /// <summary>Reads what is held already; short records are many, and waiting for each would take longer than reading it.</summary>
    /// <returns><see langword="false"/> when <see cref="ReadAsync"/> has to fetch more.</returns>
    bool TryRead();

    /// <returns><see langword="false"/> at the end of the stream.</returns>
    ValueTask<bool> ReadAsync(CancellationToken cancellationToken);
}
