using System.Buffers;
using System.Globalization;
using System.Text;

namespace SimCse.Tokenization;

/// <summary>Python's view of characters, which the published tokenizer is written against and .NET's differs from.</summary>
internal static class PythonText
{
    /// <summary>
    /// What <c>str.isspace</c> and <c>str.split</c> take for white space. Unlike <see cref="char.IsWhiteSpace(char)"/>
    /// it holds the four separators U+001C to U+001F.
    /// </summary>
    public static readonly SearchValues<char> WhiteSpace = SearchValues.Create(
        "\t\n\u000B\f\r\u001C\u001D\u001E\u001F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A" +
        "\u2028\u2029\u202F\u205F\u3000");

    /// <summary>
    /// A set, for <see cref="MemoryExtensions.IndexOfAnyInRange{T}(ReadOnlySpan{T}, T, T)"/> boxes its bounds, 96 bytes a call, until the
    /// runtime has compiled it a second time.
    /// </summary>
    private static readonly SearchValues<char> Surrogates =
        SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(unit => (char)unit)]);

    /// <summary>Replaces surrogates without a partner by U+FFFD; gives the same span back where there are none.</summary>
    public static ReadOnlySpan<char> ReplaceLoneSurrogates(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOfAny(Surrogates); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
            return Encoding.UTF8.GetString(bytes, 0, Encoding.UTF8.GetBytes(text, bytes));
        }

        return text;
    }

    /// <summary>
    /// <c>str.lower()</c>: Unicode's full mapping, which <see cref="string.ToLowerInvariant"/> lacks for U+0130 and for the sigma that ends
    /// a word.
    /// </summary>
    public static string ToLower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny('\u0130', '\u03A3'))
        {
            return lower;
        }

        var result = new StringBuilder(lower);
        for (var i = 0; i < result.Length; i++)
        {
            if (text[i] == '\u03A3' && EndsWord(text, i))
            {
                result[i] = '\u03C2';
            }
        }

        return result.Replace("\u0130", "i\u0307").ToString();
    }

    /// <summary>Unicode's <c>Final_Sigma</c>: a cased letter before, none after, case-ignorable characters between not counted.</summary>
    private static bool EndsWord(string text, int index)
    {
        var before = text.AsSpan(0, index);
        var after = text.AsSpan(index + 1);
        Rune rune;
        int length;
        while (Rune.DecodeLastFromUtf16(before, out rune, out length) == OperationStatus.Done && IsCaseIgnorable(rune))
        {
            before = before[..^length];
        }

        if (before.IsEmpty || !IsCased(rune))
        {
            return false;
        }

        while (Rune.DecodeFromUtf16(after, out rune, out length) == OperationStatus.Done && IsCaseIgnorable(rune))
        {
            after = after[length..];
        }

        return after.IsEmpty || !IsCased(rune);
    }

    /// <summary>
    /// Unicode's <c>Cased</c>, less those of it that are case-ignorable: letters, two ordinals, Roman numerals, letters in frames.
    /// </summary>
    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static bool IsCaseIgnorable(Rune rune) =>
        rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024
            or 0x2027 or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    /// <summary>BERT's <c>_is_control</c>: every category C*, except the three that count as white space.</summary>
    public static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned;

    /// <summary>BERT's <c>_is_whitespace</c>, narrower than Python's: blank, tab, the line ends and category Zs.</summary>
    public static bool IsBertWhiteSpace(Rune rune) =>
        rune.Value is ' ' or '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    /// <summary>BERT's <c>_is_punctuation</c>: category P*, and every ASCII character that is no letter, digit, blank or control.</summary>
    public static bool IsPunctuation(Rune rune) => rune.Value switch
    {
        >= 33 and <= 47 or >= 58 and <= 64 or >= 91 and <= 96 or >= 123 and <= 126 => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation,
    };
}
