using System.Buffers;

namespace SimCse.Jobs.Sources;

/// <summary>A source of another format, as the JSON lines that are made of it: one line for each record. Not thread-safe.</summary>
internal abstract class JsonLinesStream : ForwardStream
{
    private int _read;
    private bool _hasEnded;

    /// <summary>Receives the next lines.</summary>
    protected ArrayBufferWriter<byte> Lines { get; } = new(1 << 16);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_read == Lines.WrittenCount)
        {
            if (_hasEnded)
            {
                return 0;
            }

            Lines.ResetWrittenCount();
            _read = 0;
            _hasEnded = !await WriteAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, Lines.WrittenCount - _read);
        Lines.WrittenMemory.Slice(_read, count).CopyTo(buffer);
        _read += count;
        return count;
    }

    /// <summary>Writes some bytes, or none, to <see cref="Lines"/>.</summary>
    /// <returns><see langword="false"/> when there is nothing more.</returns>
    protected abstract ValueTask<bool> WriteAsync(CancellationToken cancellationToken);
}
