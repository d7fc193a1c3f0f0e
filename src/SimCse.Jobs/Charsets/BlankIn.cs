namespace SimCse.Jobs.Charsets;

/// <summary>
/// The charsets in which a line is blank: white space and characters without width alone. While a source is planned its charset is not
/// known, so lines are counted for each.
/// </summary>
[Flags]
internal enum BlankIn : byte
{
    None = 0,
    Utf8 = 1,
    ShiftJis = 2,
    EucJp = 4,

    /// <summary>ASCII white space, or nothing.</summary>
    All = Utf8 | ShiftJis | EucJp,
}

/// <summary>Finds blank lines by their bytes.</summary>
internal static class BlankLine
{
    /// <param name="line">A line without its end.</param>
    public static BlankIn Find(ReadOnlySpan<byte> line)
    {
        line = SkipAscii(line);
        return line.IsEmpty ? BlankIn.All : line[0] switch
        {
            0x81 => IsOnly(line, 0x81, 0x40) ? BlankIn.ShiftJis : BlankIn.None,
            0xA1 => IsOnly(line, 0xA1, 0xA1) ? BlankIn.EucJp : BlankIn.None,
            0xC2 or 0xE1 or 0xE2 or 0xE3 or 0xEF => IsUtf8(line) ? BlankIn.Utf8 : BlankIn.None,
            _ => BlankIn.None,
        };
    }

    private static ReadOnlySpan<byte> SkipAscii(ReadOnlySpan<byte> line)
    {
        var i = 0;
        while (i < line.Length && line[i] is (byte)' ' or (>= 0x09 and <= 0x0D))
        {
            i++;
        }

        return line[i..];
    }

    private static bool IsOnly(ReadOnlySpan<byte> line, byte first, byte second)
    {
        while (line is [var lead, var trail, ..] && lead == first && trail == second)
        {
            line = SkipAscii(line[2..]);
        }

        return line.IsEmpty;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> line)
    {
        while (!line.IsEmpty)
        {
            var length = line switch
            {
                [0xC2, 0x85 or 0xA0, ..] => 2, // next line, no-break space
                [0xE1, 0x9A, 0x80, ..] or [0xE1, 0xA0, 0x8E, ..] => 3, // Ogham space, Mongolian vowel separator
                [0xE2, 0x80, (>= 0x80 and <= 0x8F) or 0xA8 or 0xA9 or 0xAF, ..] => 3, // spaces, joiners, marks of direction, separators
                [0xE2, 0x81, 0x9F or 0xA0, ..] => 3, // mathematical space, word joiner
                [0xE3, 0x80, 0x80, ..] => 3, // ideographic space
                [0xEF, 0xBB, 0xBF, ..] => 3, // byte-order mark
                _ => 0,
            };
            if (length == 0)
            {
                return false;
            }

            line = SkipAscii(line[length..]);
        }

        return true;
    }
}
