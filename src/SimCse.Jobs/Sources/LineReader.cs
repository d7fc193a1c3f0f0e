using System.Buffers;

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
internal sealed class LineReader(Stream stream) : IRecordReader
{
    /// <summary>The longest line that is read. A longer one is skipped and becomes an error row.</summary>
    public const int MaxLineBytes = 1 << 20;

    private const int InitialBufferBytes = 1 << 17;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\v\f"u8);
    private static readonly SearchValues<byte> BlankOrLineFeed = SearchValues.Create(" \t\r\v\f\n"u8);

    private byte[] _buffer = new byte[InitialBufferBytes];
    private int _start;
    private int _end;
    private int _searched;
    private bool _atEnd;
    private long _offset;

    /// <summary>The line last read, without its line end; empty when it is too long or several. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>The number of lines last read: more than 1 for a run of blank lines, which is read at once.</summary>
    public int Lines { get; private set; }

    /// <summary>The line's offset in bytes from the beginning of the stream.</summary>
    public long LineOffset { get; private set; }

    /// <summary>The length of the line, or of the run of blank lines, in bytes with line ends.</summary>
    public long LineBytes { get; private set; }

    /// <summary>Whether the line has more than <see cref="MaxLineBytes"/> bytes.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the line holds no character but ASCII white space. Decided on bytes: the charset may not be known yet.</summary>
    public bool IsBlank => !IsTooLong && !Line.ContainsAnyExcept(Blank);

    private int _lineStart;
    private int _lineLength;

    /// <returns><see langword="false"/> at the end of the stream.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
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

    /// <summary>Reads what is held already; short lines are many, and waiting for each would take longer than reading it.</summary>
    /// <returns><see langword="false"/> when <see cref="ReadAsync"/> has to fetch more.</returns>
    public bool TryRead()
    {
        var held = _buffer.AsSpan(_start, _end - _start);
        return (held is [var first, ..] && BlankOrLineFeed.Contains(first) && TryTakeBlank(held))
            || (held.IndexOf(LineFeed) is var found and >= 0 && Take(_start + found + 1, skipped: 0));
    }

    /// <summary>Makes all blank lines that come next the current ones, so that a gigabyte of them costs as much as counting them.</summary>
    private bool TryTakeBlank(ReadOnlySpan<byte> held)
    {
        var blank = held.IndexOfAnyExcept(BlankOrLineFeed);
        blank = Math.Min(blank < 0 ? held.Length : blank, MaxLineBytes); // so that none of them is too long
        var bytes = held[..blank].LastIndexOf(LineFeed) + 1;
        var lines = held[..bytes].Count(LineFeed);
        if (lines < 2)
        {
            return false;
        }

        Take(_start + bytes, skipped: 0);
        (Lines, IsTooLong, _lineLength) = (lines, false, 0);
        return true;
    }

    /// <summary>Makes the bytes up to <paramref name="next"/> the current line.</summary>
    private bool Take(int next, long skipped)
    {
        Lines = 1;
        LineOffset = _offset;
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
