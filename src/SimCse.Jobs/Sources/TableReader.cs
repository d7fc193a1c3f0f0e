using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a table (CSV, TSV) into records with bounded memory. A record ends at a line end that stands in no quoted field. Works on bytes,
/// because shards are ranges of bytes: quotation marks, separators and line ends are no part of another character in UTF-8, Shift_JIS and
/// EUC-JP. Not thread-safe.
/// </summary>
/// <remarks>
/// A field is quoted if it begins with a quotation mark; elsewhere the mark is a character like others. If a quoted field is not closed as
/// it should be, within <see cref="LineReader.MaxLineBytes"/> of the record, or if the record holds a mark as a character in a line before
/// (which no program writes that quotes), then only the record's first line is taken, as <see cref="IsBroken"/>, and the next line begins
/// a record. So a mark too many never swallows what follows. No library does that, or says where in the bytes a record begins.
/// </remarks>
/// <param name="stream">The bytes to read, from the beginning of a record. The caller disposes of it.</param>
/// <param name="separator">The separator; <see langword="null"/> finds it in the first line.</param>
internal sealed class TableReader(Stream stream, byte? separator) : RecordBuffer(stream), IRecordReader
{
    public const byte Quote = (byte)'"';

    private const int MaxRecordBytes = LineReader.MaxLineBytes;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    /// <summary>The separators of a .csv, the likeliest first.</summary>
    private static readonly byte[] Separators = [(byte)',', (byte)';', (byte)'\t'];

    private long _offset;

    /// <summary>What was found in the next record, as far as it has been looked at.</summary>
    private State _state;
    private bool _hasPlainQuote;
    private int _lines;
    private int _firstLineEnd;
    private long _skipped;

    private int _lineLength;
    private int _lineStart;

    private enum State
    {
        Plain,
        Quoted,
        AfterQuote,
        AfterQuoteAndReturn,

        /// <summary>Only the line's end is looked for.</summary>
        Broken,
    }

    /// <summary>The separator of fields; known when a record was read.</summary>
    public byte Separator => separator ?? Separators[0];

    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_lineStart, _lineLength);

    public int Lines { get; private set; }

    public long LineOffset { get; private set; }

    public long LineBytes { get; private set; }

    public bool IsTooLong { get; private set; }

    /// <summary>Whether a quoted field is not closed as it should be; <see cref="Line"/> is one line then.</summary>
    public bool IsBroken { get; private set; }

    public bool IsBlank => !IsTooLong && (Lines > 1 ? _lineLength == 0 : IsWhite(Line));

    public BlankIn Blank => IsBlank ? BlankIn.All : BlankIn.None;

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (!TryRead())
        {
            if (_atEnd)
            {
                return TakeLast();
            }

            if (_firstLineEnd == 0 && _scanned - _start > MaxRecordBytes + 1)
            {
                // One line, and too long: it is not held. What its quotation marks would mean does not matter any more.
                _skipped += _scanned - _start;
                _start = _scanned = _end;
                _state = State.Broken;
            }

            await FillAsync(cancellationToken);
        }

        return true;
    }

    public bool TryRead()
    {
        if (separator is null && !TryFindSeparator())
        {
            return false;
        }

        return (_scanned == _start && _skipped == 0 && TryTakeBlank()) || TryScan();
    }

    private bool IsWhite(ReadOnlySpan<byte> line)
    {
        foreach (var one in line)
        {
            if (one is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\v' or (byte)'\f') || one == Separator)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Goes on with the next record.</summary>
    /// <returns>Whether its end was found.</returns>
    private bool TryScan()
    {
        while (_scanned < _end)
        {
            var rest = _buffer.AsSpan(_scanned, _end - _scanned);
            if (_state is State.AfterQuote or State.AfterQuoteAndReturn)
            {
                var next = rest[0];
                if (next == LineFeed)
                {
                    return Take(_scanned + 1);
                }

                (_state, var taken) = (_state, next) switch
                {
                    (State.AfterQuote, Quote) => (State.Quoted, 1),
                    (State.AfterQuote, CarriageReturn) => (State.AfterQuoteAndReturn, 1),
                    (State.AfterQuote, _) when next == separator => (State.Plain, 1),
                    _ => (State.Broken, 0),
                };
                _scanned += taken;
            }
            else
            {
                var found = _state == State.Broken ? rest.IndexOf(LineFeed) : rest.IndexOfAny(LineFeed, Quote);
                if (found < 0)
                {
                    _scanned = _end;
                    break;
                }

                _scanned += found + 1;
                if (rest[found] == Quote)
                {
                    TakeQuote(_scanned - 1);
                }
                else if (_state != State.Quoted)
                {
                    return Take(_scanned);
                }
                else
                {
                    _lines++;
                    _firstLineEnd = _firstLineEnd == 0 ? _scanned - _start : _firstLineEnd;
                    if (_hasPlainQuote)
                    {
                        _state = State.Broken;
                    }
                }
            }

            if ((_state == State.Broken && _firstLineEnd > 0) || IsOverlong)
            {
                return TakeFirstLine();
            }
        }

        return IsOverlong && TakeFirstLine();
    }

    /// <summary>Whether the record has several lines and is too long, so that its quotation mark is taken for one too many.</summary>
    private bool IsOverlong => _firstLineEnd > 0 && _scanned - _start > MaxRecordBytes + 2;

    private void TakeQuote(int at)
    {
        if (_state == State.Quoted)
        {
            _state = State.AfterQuote;
        }
        else if ((at == _start && _skipped == 0) || (at > _start && _buffer[at - 1] == separator))
        {
            _state = State.Quoted;
        }
        else
        {
            _hasPlainQuote = true;
        }
    }

    /// <summary>The stream has ended, and no line end was found.</summary>
    private bool TakeLast()
    {
        if (_end == _start && _skipped == 0)
        {
            return false;
        }

        _state = _state == State.Quoted ? State.Broken : _state;
        return _state == State.Broken && _firstLineEnd > 0 ? TakeFirstLine() : Take(_end);
    }

    private bool TakeFirstLine()
    {
        _state = State.Broken;
        _lines = 0;
        return Take(_start + _firstLineEnd);
    }

    private bool Take(int next)
    {
        if (_lines > 0 && next - _start > MaxRecordBytes + 2)
        {
            return TakeFirstLine();
        }

        Lines = _lines + 1;
        LineOffset = _offset;
        LineBytes = _skipped + next - _start;
        var length = next - _start;
        length -= length > 0 && _buffer[_start + length - 1] == LineFeed ? 1 : 0;
        length -= length > 0 && _buffer[_start + length - 1] == CarriageReturn ? 1 : 0;
        IsTooLong = _skipped > 0 || length > MaxRecordBytes;
        IsBroken = _state == State.Broken && !IsTooLong;
        (_lineStart, _lineLength) = IsTooLong ? (0, 0) : (_start, length);
        Begin(next);
        return true;
    }

    private void Begin(int next)
    {
        _offset += LineBytes;
        _start = _scanned = next;
        (_state, _hasPlainQuote, _lines, _firstLineEnd, _skipped) = (State.Plain, false, 0, 0, 0);
    }

    /// <summary>Makes all empty lines that come next the current ones, so that a gigabyte of them costs as much as counting them.</summary>
    private bool TryTakeBlank()
    {
        var held = _buffer.AsSpan(_start, _end - _start);
        var blank = held.IndexOfAnyExcept(LineFeed, CarriageReturn);
        blank = Math.Min(blank < 0 ? held.Length : blank, MaxRecordBytes); // so that none of them is too long
        var bytes = held[..blank].LastIndexOf(LineFeed) + 1;
        Lines = held[..bytes].Count(LineFeed);
        if (Lines < 2)
        {
            return false;
        }

        (LineOffset, LineBytes, IsTooLong, IsBroken, _lineStart, _lineLength) = (_offset, bytes, false, false, 0, 0);
        Begin(_start + bytes);
        return true;
    }

    /// <summary>The separator is what stands most often in the first line that is not blank, outside of quoted fields.</summary>
    private bool TryFindSeparator()
    {
        var held = _buffer.AsSpan(_start, _end - _start).TrimStart(" \r\n"u8);
        var line = held.IndexOf(LineFeed);
        if (line < 0 && !_atEnd && held.Length <= MaxRecordBytes)
        {
            return false;
        }

        held = line < 0 ? held : held[..line];
        Span<int> counts = stackalloc int[Separators.Length];
        var isQuoted = false;
        foreach (var one in held)
        {
            isQuoted ^= one == Quote;
            if (!isQuoted && Separators.AsSpan().IndexOf(one) is var found and >= 0)
            {
                counts[found]++;
            }
        }

        separator = Separators[0];
        var most = counts[0];
        for (var i = 1; i < counts.Length; i++)
        {
            (separator, most) = counts[i] > most ? (Separators[i], counts[i]) : (separator, most);
        }

        return true;
    }
}
