namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a stream of bytes into lines with bounded memory: a line longer than <see cref="MaxLineBytes"/> is skipped. Planner and encoder
/// both use it, so that they count lines in the same way. Not thread-safe.
/// </summary>
/// <remarks>
/// A line ends at byte 0x0A, which no character of UTF-8, Shift_JIS or EUC-JP contains; one 0x0D before it belongs to the line end. The
/// last line may lack its end. An empty rest after the last line end is not a line.
/// </remarks>
/// <param name="stream">The bytes to read. The caller disposes of the stream.</param>
internal sealed class LineReader(Stream stream)
{
    /// <summary>The longest line that is read. A longer one is skipped and becomes an error row.</summary>
    public const int MaxLineBytes = 1 << 20;

    private const int InitialBufferBytes = 1 << 17;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private byte[] _buffer = new byte[InitialBufferBytes];
    private int _start;
    private int _end;
    private int _searched;
    private bool _atEnd;
    private long _offset;

    /// <summary>The line last read, without its line end; empty when it is too long. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>The line's offset in bytes from the beginning of the stream.</summary>
    public long LineOffset { get; private set; }

    /// <summary>The line's length in bytes, with its line end.</summary>
    public long LineBytes { get; private set; }

    /// <summary>Whether the line has more than <see cref="MaxLineBytes"/> bytes.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the line holds no character but ASCII white space. Decided on bytes: the charset may not be known yet.</summary>
    public bool IsBlank => !IsTooLong && Line.IndexOfAnyExcept(" \t\r\v\f"u8) < 0;

    private int _lineStart;
    private int _lineLength;

    /// <returns><see langword="false"/> at the end of the stream.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        LineOffset = _offset;
        var skipped = 0L;
        while (true)
        {
            var found = _buffer.AsSpan(_searched, _end - _searched).IndexOf(LineFeed);
            if (found >= 0)
            {
                return Take(_searched + found + 1, skipped);
            }

            _searched = _end;
            if (_atEnd)
            {
                return (_end > _start || skipped > 0) && Take(_end, skipped);
            }

            if (_end - _start > MaxLineBytes + 1)
            {
                skipped += _end - _start;
                _start = _searched = _end = 0;
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Makes the bytes up to <paramref name="next"/> the current line.</summary>
    private bool Take(int next, long skipped)
    {
        LineBytes = skipped + next - _start;
        var length = next - _start;
        length -= length > 0 && _buffer[_start + length - 1] == LineFeed ? 1 : 0;
        length -= length > 0 && _buffer[_start + length - 1] == CarriageReturn ? 1 : 0;
        IsTooLong = skipped > 0 || length > MaxLineBytes;
        (_lineStart, _lineLength) = IsTooLong ? (0, 0) : (_start, length);
        _offset += LineBytes;
        _start = _searched = next;
        return true;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
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
