using System.Text;
using System.Text.Unicode;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// Finds the charset of a source from all its lines. It is UTF-8 unless most lines with non-ASCII bytes are not valid UTF-8; then it is the
/// one of CP932 and EUC-JP in which those lines are the likelier Japanese. ISO-2022-JP is known by its escape sequences. A few broken lines
/// in a UTF-8 file stay broken lines. Not thread-safe.
/// </summary>
internal sealed class CharsetDetector
{
    /// <summary>More lines do not help and cost time on a large file.</summary>
    private const int MaxSampleBytes = 1 << 20;

    private const byte Escape = 0x1B;

    /// <summary>EUC-JP is by far the rarer of the two; it takes a little evidence.</summary>
    private const int EucJpCost = TextCost.Bit;

    private long _lines; // with bytes that are not UTF-8, in the sample
    private long _sampled;
    private long _nonAsciiLines;
    private long _notUtf8Lines;
    private long _iso2022JpLines;
    private long _utf8Cost;
    private (long Cost, long Valid) _shiftJis;
    private (long Cost, long Valid) _eucJp = (EucJpCost, 0);

    /// <param name="line">A line, or nothing for a run of blank lines.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (Ascii.IsValid(line))
        {
            _iso2022JpLines += IsIso2022Jp(line) ? 1 : 0;
            return;
        }

        _nonAsciiLines++;
        if (Utf8.IsValid(line))
        {
            return;
        }

        _notUtf8Lines++;
        if (_sampled + line.Length <= MaxSampleBytes)
        {
            _sampled += line.Length;
            _lines++;
            _utf8Cost += TextCost.OfUtf8(line);
            Add(ref _shiftJis, JapaneseCodes.ShiftJis, line);
            Add(ref _eucJp, JapaneseCodes.EucJp, line);
        }
    }

    /// <summary>The charset's name; one of <see cref="SourceCharset"/>.</summary>
    public string Detect()
    {
        if (_iso2022JpLines > _nonAsciiLines)
        {
            return SourceCharset.Iso2022Jp;
        }

        if (_notUtf8Lines * 2 <= _nonAsciiLines)
        {
            return SourceCharset.Utf8;
        }

        var (name, best) = _eucJp.Cost < _shiftJis.Cost ? (SourceCharset.EucJp, _eucJp) : (SourceCharset.ShiftJis, _shiftJis);
        return best.Valid > 0 && best.Cost < _utf8Cost ? name : SourceCharset.Utf8;
    }

    /// <summary>Whether a line of ASCII bytes changes to a Japanese character set. ESC ( B alone, which terminals get, does not.</summary>
    internal static bool IsIso2022Jp(ReadOnlySpan<byte> line)
    {
        for (var at = line.IndexOf(Escape); at >= 0; at = line.IndexOf(Escape))
        {
            line = line[(at + 1)..];
            if (line is [(byte)'$', (byte)'@' or (byte)'B', ..] or [(byte)'$', (byte)'(', (byte)'D', ..]
                or [(byte)'(', (byte)'I' or (byte)'J', ..])
            {
                return true;
            }
        }

        return false;
    }

    private static void Add(ref (long Cost, long Valid) candidate, JapaneseCodes codes, ReadOnlySpan<byte> line)
    {
        candidate.Cost += TextCost.Of(codes, line, out var isValid);
        candidate.Valid += isValid ? 1 : 0;
    }
}
