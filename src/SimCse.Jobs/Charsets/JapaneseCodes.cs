namespace SimCse.Jobs.Charsets;

/// <summary>Reads the codes of CP932 and EUC-JP one by one. Thread-safe.</summary>
internal sealed class JapaneseCodes
{
    public static readonly JapaneseCodes ShiftJis = new(isEuc: false, []);
    public static readonly JapaneseCodes EucJp = new(isEuc: true, []);

    /// <summary>The same codes with Windows' characters for seven of them.</summary>
    public static readonly JapaneseCodes EucJpMs = new(
        isEuc: true,
        new()
        {
            ['〜'] = '～',
            ['‖'] = '∥',
            ['−'] = '－',
            ['¢'] = '￠',
            ['£'] = '￡',
            ['¬'] = '￢',
            ['¦'] = '￤',
        });

    private const byte SingleShift2 = 0x8E;
    private const byte SingleShift3 = 0x8F;
    private const byte FirstKana = 0xA1;
    private const byte LastKana = 0xDF;
    private const char HalfWidthIdeographicFullStop = '｡';

    private readonly bool _isEuc;
    private readonly Dictionary<char, char> _otherwise;

    private JapaneseCodes(bool isEuc, Dictionary<char, char> otherwise)
    {
        _isEuc = isEuc;
        _otherwise = otherwise;
    }

    /// <summary>Reads the first code.</summary>
    /// <param name="bytes">At least one byte.</param>
    /// <param name="character">Its character, or <see cref="JisTables.None"/> when the bytes have no meaning.</param>
    /// <returns>The number of bytes.</returns>
    public int Next(ReadOnlySpan<byte> bytes, out char character)
    {
        var lead = bytes[0];
        if (lead < 0x80)
        {
            character = (char)lead;
            return 1;
        }

        return _isEuc ? NextEuc(lead, bytes, out character) : NextShiftJis(lead, bytes, out character);
    }

    private static int NextShiftJis(byte lead, ReadOnlySpan<byte> bytes, out char character)
    {
        if (lead is >= FirstKana and <= LastKana)
        {
            character = Kana(lead);
            return 1;
        }

        character = lead is 0x80 or 0xA0 or > 0xFC || bytes.Length < 2 ? JisTables.None : JisTables.ShiftJis[(lead << 8) | bytes[1]];
        return character != JisTables.None ? 2 : Invalid(bytes, 2);
    }

    private int NextEuc(byte lead, ReadOnlySpan<byte> bytes, out char character)
    {
        var length = lead == SingleShift3 ? 3 : 2;
        character = bytes.Length < length ? JisTables.None : lead switch
        {
            SingleShift2 => bytes[1] is >= FirstKana and <= LastKana ? Kana(bytes[1]) : JisTables.None,
            SingleShift3 => JisTables.Jis(JisTables.Jis0212, bytes[1] - 0x80, bytes[2] - 0x80),
            _ => JisTables.Jis(JisTables.Jis0208, lead - 0x80, bytes[1] - 0x80),
        };
        if (_otherwise.Count > 0 && _otherwise.TryGetValue(character, out var other))
        {
            character = other;
        }

        return character != JisTables.None ? length : Invalid(bytes, length);
    }

    /// <summary>An ASCII byte after a broken code is a character of its own, so that the rest of the text can be read.</summary>
    private static int Invalid(ReadOnlySpan<byte> bytes, int length)
    {
        var count = 1;
        while (count < length && count < bytes.Length && bytes[count] >= 0x80)
        {
            count++;
        }

        return count;
    }

    private static char Kana(byte code) => (char)(code - FirstKana + HalfWidthIdeographicFullStop);
}
