namespace SimCse.Jobs.Sources;

/// <summary>
/// Knows UTF-16 by its line ends: cut at the byte 0x0A, each line then ends with a NUL (big-endian) or the next one begins with one
/// (little- endian), and whole units are left between. The letters tell nothing: あ is the two ASCII bytes <c>0B</c>. NULs here and there
/// are no sign of it. Not thread-safe.
/// </summary>
internal sealed class Utf16Detector
{
    private const byte Nul = 0;

    private long _lines;
    private long _littleEndian;
    private long _bigEndian;
    private bool _lastIsBigEndian;
    private long _firstLineBytes;
    private long _firstLineNuls;

    /// <summary>
    /// The last line of big-endian text may lack its end. A single line tells by its bytes: half of them are NUL, as with ASCII.
    /// </summary>
    public bool IsUtf16 => _lines > 1
        ? _littleEndian == _lines || _bigEndian - (_lastIsBigEndian ? 1 : 0) == _lines - 1
        : _firstLineBytes > 0 && _firstLineNuls * 2 == _firstLineBytes;

    /// <param name="line">Without its 0x0A.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        var isOdd = line.Length % 2 == 1;
        _lastIsBigEndian = isOdd && line[^1] == Nul;
        _bigEndian += _lastIsBigEndian ? 1 : 0;
        _littleEndian += (_lines == 0 ? !isOdd : isOdd && line[0] == Nul) ? 1 : 0;
        if (_lines++ == 0)
        {
            _firstLineBytes = line.Length;
            _firstLineNuls = line.Count(Nul);
        }
    }
}
