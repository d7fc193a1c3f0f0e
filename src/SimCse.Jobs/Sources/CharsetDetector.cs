using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Finds the charset of a source from all its lines. It is UTF-8 unless most lines with non-ASCII bytes are not valid UTF-8; then it is
/// Shift_JIS or EUC-JP, whichever makes fewer lines invalid, and the library breaks ties. A few broken lines in a UTF-8 file stay broken
/// lines. Not thread-safe.
/// </summary>
internal sealed class CharsetDetector
{
    /// <summary>A larger sample does not help the library and costs time on a large file.</summary>
    private const int MaxSampleBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _sample = new();
    private readonly Candidate[] _candidates = [new(SourceCharset.ShiftJis), new(SourceCharset.EucJp)];
    private readonly Utf16Detector _utf16 = new();
    private long _nonAsciiLines;
    private long _notUtf8Lines;

    /// <param name="line">A line, or nothing for a run of blank lines.</param>
    /// <param name="lines">The number of lines.</param>
    public void Add(ReadOnlySpan<byte> line, int lines = 1)
    {
        _utf16.Add(line, lines);
        if (Ascii.IsValid(line))
        {
            return;
        }

        _nonAsciiLines++;
        if (Utf8.IsValid(line))
        {
            return;
        }

        _notUtf8Lines++;
        if (_sample.WrittenCount + line.Length <= MaxSampleBytes)
        {
            _sample.Write(line);
            _sample.Write("\n"u8);
            foreach (var candidate in _candidates)
            {
                candidate.Add(line);
            }
        }
    }

    /// <summary>The charset's name; one of <see cref="SourceCharset"/>.</summary>
    /// <exception cref="PermanentJobException">The source is UTF-16 without a byte-order mark.</exception>
    public string Detect()
    {
        if (_utf16.IsUtf16)
        {
            throw new PermanentJobException(
                "The source is UTF-16 without a byte-order mark (NUL bytes stand beside its line ends). Save it as UTF-8, or as UTF-16 " +
                "with the mark.");
        }

        if (_notUtf8Lines * 2 <= _nonAsciiLines)
        {
            return SourceCharset.Utf8;
        }

        var likeliest = UtfUnknown.CharsetDetector.DetectFromBytes(_sample.WrittenSpan).Detected?.EncodingName;
        var best = _candidates.OrderBy(candidate => candidate.InvalidLines)
            .ThenBy(candidate => candidate.Name == likeliest ? 0 : 1).First();
        return best.InvalidLines < best.Lines ? best.Name : SourceCharset.Utf8;
    }

    private sealed class Candidate(string name)
    {
        private readonly SourceCharset _charset = SourceCharset.FromName(name);

        public string Name => name;

        public long Lines { get; private set; }

        public long InvalidLines { get; private set; }

        public void Add(ReadOnlySpan<byte> line)
        {
            Lines++;
            InvalidLines += _charset.IsValid(line) ? 0 : 1;
        }
    }
}
