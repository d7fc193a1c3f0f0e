using System.Text;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// What the codes of CP932 and EUC-JP mean: the tables of .NET's code pages and what they leave out, by the rules of both charsets. A test
/// compares every code with <c>iconv</c>. Thread-safe.
/// </summary>
internal static class JisTables
{
    /// <summary>Stands for a code without a meaning; no code means this character.</summary>
    public const char None = '\uFFFF';

    private const int Cells = 94; // in a row of a JIS character set, and rows in a set
    private const int ShiftJisCells = 188; // two rows share a lead byte
    private const int UserRows = 10; // rows 85 to 94 of both sets of EUC-JP are free for users

    /// <summary>IBM's extensions in the order of CP932, from code FA40; NEC has the same kanji in the same order from ED40.</summary>
    private const string IbmSymbols = "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ￢￤＇＂㈱№℡∵";
    private const string NecSymbols = "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ￢￤＇＂";
    private const int IbmKanji = 360;

    /// <summary>
    /// The symbols that begin IBM's extensions in EUC-JP-MS, from code 8FF3F3; the kanji that JIS X 0212 lacks follow, as in CP932.
    /// </summary>
    private const string IbmSymbolsInEucJp = "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡";
    private const int FirstExtension = 0x52; // row and cell of F3F3, from 0

    private static readonly Lazy<char[]> ShiftJisCodes = new(ReadShiftJis);
    private static readonly Lazy<char[]> Jis0208Codes = new(ReadJis0208);
    private static readonly Lazy<char[]> Jis0212Codes = new(ReadJis0212);

    /// <summary>CP932's codes of two bytes, at <c>lead &lt;&lt; 8 | trail</c>.</summary>
    public static char[] ShiftJis => ShiftJisCodes.Value;

    /// <summary>JIS X 0208 with the extensions of EUC-JP-MS, at <c>row &lt;&lt; 7 | cell</c> with both from 0x21 to 0x7E.</summary>
    public static char[] Jis0208 => Jis0208Codes.Value;

    /// <summary>JIS X 0212 with the extensions of EUC-JP-MS, at <c>row &lt;&lt; 7 | cell</c> with both from 0x21 to 0x7E.</summary>
    public static char[] Jis0212 => Jis0212Codes.Value;

    public static char Jis(char[] codes, int row, int cell) =>
        row is >= 0x21 and <= 0x7E && cell is >= 0x21 and <= 0x7E ? codes[(row << 7) | cell] : None;

    private static char[] ReadShiftJis()
    {
        var codes = Empty(1 << 16);
        Read(codes, 932, 0x81, 0x9F, 0x40, 0xFC);
        Read(codes, 932, 0xE0, 0xFC, 0x40, 0xFC);

        // .NET has no meaning for the codes whose character has a second code.
        int[] twice = [0x90, 0x91, 0x92, 0x95, 0x96, 0x97, 0x9A, 0x9B, 0x9C];
        foreach (var (symbol, trail) in "≒≡∫√⊥∠∵∩∪".Zip(twice))
        {
            codes[0x8700 | trail] = symbol;
        }

        var (ibm, nec) = (Index(0xFA40), Index(0xED40));
        Fill(codes, ibm, IbmSymbols);
        for (var i = 0; i < IbmKanji; i++)
        {
            codes[Code(nec + i)] = codes[Code(ibm + IbmSymbols.Length + i)];
        }

        Fill(codes, Index(0xEEEF), NecSymbols);
        return codes;

        static void Fill(char[] codes, int index, string symbols)
        {
            for (var i = 0; i < symbols.Length; i++)
            {
                codes[Code(index + i)] = symbols[i];
            }
        }
    }

    private static char[] ReadJis0208()
    {
        var codes = Empty(1 << 14);
        for (var row = 0; row < Cells; row++)
        {
            for (var cell = 0; cell < Cells; cell++)
            {
                codes[JisCode(row, cell)] = row < Cells - UserRows
                    ? ShiftJis[Code((row * Cells) + cell)]
                    : (char)(0xE000 + ((row - Cells + UserRows) * Cells) + cell);
            }
        }

        // Where Windows took another character for the same code; EUC-JP-MS takes Windows'.
        foreach (var (code, symbol) in (ReadOnlySpan<(int, char)>)
            [(0x2141, '〜'), (0x2142, '‖'), (0x215D, '−'), (0x2171, '¢'), (0x2172, '£'), (0x224C, '¬')])
        {
            codes[((code >> 8) << 7) | (code & 0x7F)] = symbol;
        }

        return codes;
    }

    private static char[] ReadJis0212()
    {
        var codes = Empty(1 << 14);
        var pairs = Empty(1 << 16);
        Read(pairs, 20932, 0xA1, 0xFE, 0x21, 0x7E); // .NET's EUC-JP writes the last byte of JIS X 0212 without its high bit
        for (var row = 0; row < Cells; row++)
        {
            for (var cell = 0; cell < Cells; cell++)
            {
                codes[JisCode(row, cell)] = row >= Cells - UserRows
                    ? (char)(0xE3AC + ((row - Cells + UserRows) * Cells) + cell)
                    : row < FirstExtension ? pairs[((row + 0xA1) << 8) | (cell + 0x21)] : None;
            }
        }

        var standard = codes.ToHashSet();
        var kanji = Enumerable.Range(Index(0xFA40) + IbmSymbols.Length, IbmKanji).Select(index => ShiftJis[Code(index)]);
        foreach (var (i, extension) in IbmSymbolsInEucJp.Concat(kanji.Where(character => !standard.Contains(character))).Index())
        {
            var (row, cell) = Math.DivRem(FirstExtension + i, Cells);
            codes[JisCode(FirstExtension + row, cell)] = extension;
        }

        codes[(0x22 << 7) | 0x37] = '～';
        codes[(0x22 << 7) | 0x71] = '№';
        return codes;
    }

    private static void Read(char[] codes, int codePage, int firstLead, int lastLead, int firstTrail, int lastTrail)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(
            codePage, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFF"))!;
        Span<char> text = stackalloc char[4];
        for (var lead = firstLead; lead <= lastLead; lead++)
        {
            for (var trail = firstTrail; trail <= lastTrail; trail++)
            {
                var length = trail == 0x7F ? 0 : encoding.GetChars([(byte)lead, (byte)trail], text);
                codes[(lead << 8) | trail] = length == 1 ? text[0] : None;
            }
        }
    }

    private static char[] Empty(int size)
    {
        var codes = new char[size];
        Array.Fill(codes, None);
        return codes;
    }

    private static int JisCode(int row, int cell) => ((row + 0x21) << 7) | (cell + 0x21);

    /// <summary>The number of a code of CP932 when all are counted, with the lead bytes from 81 to 9F and from E0 to FC.</summary>
    private static int Index(int code)
    {
        var (lead, trail) = (code >> 8, code & 0xFF);
        return ((lead - (lead < 0xE0 ? 0x81 : 0xC1)) * ShiftJisCells) + trail - (trail < 0x7F ? 0x40 : 0x41);
    }

    private static int Code(int index)
    {
        var (lead, trail) = Math.DivRem(index, ShiftJisCells);
        return ((lead + (lead < 0x1F ? 0x81 : 0xC1)) << 8) | (trail + (trail < 0x3F ? 0x40 : 0x41));
    }
}
