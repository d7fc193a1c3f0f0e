namespace SimCse.Jobs.Sources;

/// <summary>The bytes of a stream that a reader of records holds: from the next record on, as many as it has had to look at.</summary>
/// <param name="stream">The bytes to read. The caller disposes of the stream.</param>
internal abstract class RecordBuffer(Stream stream)
{
    private const int InitialBytes = 1 << 17;

    private protected byte[] _buffer = new byte[InitialBytes];

    /// <summary>Where the next record begins, and where the bytes end.</summary>
    private protected int _start, _end;

    /// <summary>How far the reader has looked.</summary>
    private protected int _scanned;

    private protected bool _atEnd;

    /// <summary>Reads more bytes, if there are any; what stands before <see cref="_start"/> goes.</summary>
    private protected async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _scanned -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _atEnd = read == 0;
        _end += read;
    }
}
