using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// Recognises UTF-16 without a byte-order mark by the first bytes of a source: read as UTF-16 they must be the likelier Japanese. Bytes
/// that are UTF-8 with more than ASCII and without NULs are UTF-8.
/// </summary>
internal static class Utf16Detector
{
    /// <summary>UTF-16 without a mark is rare, and rarer still is one whose bytes are ASCII: hiragana alone (あ is <c>0B</c>).</summary>
    private const int UnlikelyCost = 4 * TextCost.Bit;
    private const int UnlikelyAsAsciiCost = 30 * TextCost.Bit;
    private const int UnlikelyAsUtf8Cost = 20 * TextCost.Bit;

    /// <param name="sample">The first bytes of a source.</param>
    /// <param name="isWhole">Whether they are all of it.</param>
    /// <returns>A name of <see cref="SourceCharset"/>, or <see langword="null"/>.</returns>
    public static string? Find(ReadOnlySpan<byte> sample, bool isWhole)
    {
        var text = isWhole ? sample : WithoutLast(sample);
        var (isUtf8, isAscii) = (Utf8.IsValid(text), Ascii.IsValid(text));
        if (!sample.ContainsAnyExcept((byte)0) || (!isAscii && !text.Contains((byte)0) && (isUtf8 || IsDamagedUtf8(text))))
        {
            return null;
        }

        var other = TextCost.OfUtf8(sample);
        if (!isUtf8)
        {
            other = Math.Min(other, Math.Min(
                TextCost.Of(JapaneseCodes.ShiftJis, sample, out _), TextCost.Of(JapaneseCodes.EucJp, sample, out _)));
        }

        var unlikely = !isUtf8 ? UnlikelyCost : text.Contains((byte)0) ? UnlikelyAsUtf8Cost : UnlikelyAsAsciiCost;
        var (name, cost) = Likelier(sample);
        return cost + unlikely < other ? name : null;
    }

    /// <summary>
    /// Whether most bytes that are not ASCII belong to characters of three bytes or more in UTF-8: chance seldom makes them. Lines of
    /// UTF-16 end with a NUL besides.
    /// </summary>
    private static bool IsDamagedUtf8(ReadOnlySpan<byte> text)
    {
        var (whole, broken) = (0, 0);
        while (!text.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf8(text, out _, out var length) == OperationStatus.Done;
            whole += isWhole && length > 2 ? length : 0;
            broken += isWhole ? 0 : length;
            text = text[length..];
        }

        return whole >= 2 * broken;
    }

    /// <summary>The likelier byte order of UTF-16; little-endian when both are.</summary>
    public static (string Name, long Cost) Likelier(ReadOnlySpan<byte> sample)
    {
        var (little, big) = (TextCost.OfUtf16(sample, isBigEndian: false), TextCost.OfUtf16(sample, isBigEndian: true));
        return big < little ? (SourceCharset.Utf16BigEndian, big) : (SourceCharset.Utf16LittleEndian, little);
    }

    /// <summary>
    /// Whether the bytes are UTF-32, which no other charset looks like: of four bytes one is NUL and the next tells a plane. Characters
    /// beyond plane 3 are rare, and there line feeds of UTF-16 would be mistaken for planes.
    /// </summary>
    public static bool IsUtf32(ReadOnlySpan<byte> sample)
    {
        var little = sample.Length >= 8 && sample.ContainsAnyExcept((byte)0);
        var big = little;
        for (; sample.Length >= 4 && (little || big); sample = sample[4..])
        {
            little &= sample is [_, _, <= 3, 0, ..];
            big &= sample is [0, <= 3, _, _, ..];
        }

        return little || big;
    }

    /// <summary>The last character of a sample may be cut.</summary>
    private static ReadOnlySpan<byte> WithoutLast(ReadOnlySpan<byte> sample)
    {
        var end = sample.Length;
        while (end > 0 && (sample[end - 1] & 0xC0) == 0x80)
        {
            end--;
        }

        return sample[..Math.Max(0, end - 1)];
    }
}
