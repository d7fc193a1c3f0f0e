using System.Buffers;
using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a stream of bytes into lines with bounded memory: a line longer than <see cref="MaxLineBytes"/> is skipped. Planner and encoder
/// both use it, so that they count lines in the same way. Not thread-safe.
/// </summary>
/// <remarks>
/// A line ends at byte 0x0A, which no character of UTF-8, Shift_JIS or EUC-JP contains; one 0x0D before it belongs to the line end. The
/// last line may lack its end. An empty rest after the last line end is not a line. When no 0x0A stands in the first mebibyte (and so the
/// first line would be too long, or the only one), a line ends at each 0x0D as well, in the whole stream.
/// </remarks>
/// <param name="stream">The bytes to read. The caller disposes of the stream.</param>
/// <param name="lineEnd">Where lines end; <see langword="null"/> finds it out, which needs the source's beginning.</param>
internal sealed class LineReader(Stream stream, LineEnd? lineEnd = null) : RecordBuffer(stream), IRecordReader
{
    /// <summary>The longest line that is read. A longer one is skipped and becomes an error row.</summary>
    public const int MaxLineBytes = 1 << 20;

    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private static readonly SearchValues<byte> BlankOrLineFeed = SearchValues.Create(" \t\r\v\f\n"u8);

    private long _offset;
    private int _lineStart;
    private int _lineLength;
    private LineEnd? _lineEnd = lineEnd;

    /// <summary>Where lines end; known when a line is read.</summary>
    public LineEnd LineEnd => _lineEnd ?? LineEnd.LineFeed;

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

    /// <summary>The charsets in which the line is blank. Decided on bytes: the charset may not be known yet.</summary>
    public BlankIn Blank => IsTooLong ? BlankIn.None : BlankLine.Find(Line);

    public bool IsBlank => Blank == BlankIn.All;

    /// <returns><see langword="false"/> at the end of the stream.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_lineEnd is null)
        {
            await FindLineEndAsync(cancellationToken);
        }

        var skipped = 0L;
        while (true)
        {
            if (FindEnd(_scanned) is var next && next > 0)
            {
                return Take(next, skipped);
            }

            _scanned = _end > _start && _buffer[_end - 1] == CarriageReturn ? _end - 1 : _end; // a line feed may belong to it
            if (_atEnd)
            {
                return (_end > _start || skipped > 0) && Take(_end, skipped);
            }

            if (_end - _start > MaxLineBytes + 1)
            {
                skipped += _scanned - _start;
                _start = _scanned;
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Reads what is held already; short lines are many, and waiting for each would take longer than reading it.</summary>
    /// <returns><see langword="false"/> when <see cref="ReadAsync"/> has to fetch more.</returns>
    public bool TryRead()
    {
        var held = _buffer.AsSpan(_start, _end - _start);
        return (held is [var first, ..] && BlankOrLineFeed.Contains(first) && _lineEnd == LineEnd.LineFeed && TryTakeBlank(held))
            || (_lineEnd is not null && FindEnd(_start) is var next && next > 0 && Take(next, skipped: 0));
    }

    /// <summary>Looks at the same bytes whatever the pieces that they come in.</summary>
    private async ValueTask FindLineEndAsync(CancellationToken cancellationToken)
    {
        for (var seen = 0; ;)
        {
            var length = Math.Min(_end, MaxLineBytes + 2);
            if (_buffer.AsSpan(seen, length - seen).Contains(LineFeed))
            {
                _lineEnd = LineEnd.LineFeed;
                return;
            }

            if (_atEnd || length < _end)
            {
                _lineEnd = _buffer.AsSpan(0, length).Contains(CarriageReturn) ? LineEnd.CarriageReturn : LineEnd.LineFeed;
                return;
            }

            seen = length;
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Where the next line begins, if its end stands at or after <paramref name="from"/>; 0 when it is not known yet.</summary>
    private int FindEnd(int from)
    {
        var held = _buffer.AsSpan(from, _end - from);
        if (_lineEnd != LineEnd.CarriageReturn)
        {
            return held.IndexOf(LineFeed) is var found and >= 0 ? from + found + 1 : 0;
        }

        var end = held.IndexOfAny(LineFeed, CarriageReturn);
        return end < 0 ? 0
            : held[end] == LineFeed ? from + end + 1
            : end + 1 < held.Length ? from + end + (held[end + 1] == LineFeed ? 2 : 1)
            : _atEnd ? from + end + 1
            : 0; // a line feed may follow
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
        _start = _scanned = next;
        return true;
    }
}
