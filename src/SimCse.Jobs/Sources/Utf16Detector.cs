namespace SimCse.Jobs.Sources;

/// <summary>
/// Recognises UTF-16 by its line ends. When the bytes are cut at 0x0A, each big-endian line ends with a NUL, and each little-endian line
/// but the first begins with one; the rest of a line consists of whole units. The letters do not help: あ is the two ASCII bytes <c>0B</c>.
/// Some NULs elsewhere are no sign of UTF-16. Not thread-safe.
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
    /// Big-endian text may lack its last line end. A single line is UTF-16 when half of its bytes are NUL, as in ASCII text.
    /// </summary>
    public bool IsUtf16 => _lines > 1
        ? _littleEndian == _lines || _bigEndian - (_lastIsBigEndian ? 1 : 0) == _lines - 1
        : _firstLineBytes > 0 && _firstLineNuls * 2 == _firstLineBytes;

    /// <param name="line">The line without its 0x0A, or nothing for a run of blank lines, none of which is UTF-16.</param>
    /// <param name="lines">The number of lines.</param>
    public void Add(ReadOnlySpan<byte> line, int lines)
    {
        var isOdd = line.Length % 2 == 1;
        _lastIsBigEndian = isOdd && line[^1] == Nul;
        _bigEndian += _lastIsBigEndian ? 1 : 0;
        _littleEndian += (_lines == 0 ? !isOdd : isOdd && line[0] == Nul) ? 1 : 0;
        if (_lines == 0)
        {
            _firstLineBytes = line.Length;
            _firstLineNuls = line.Count(Nul);
        }

        _lines += lines;
    }
}
