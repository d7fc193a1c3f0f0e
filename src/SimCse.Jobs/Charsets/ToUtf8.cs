using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// Turns a charset into UTF-8, a piece at a time. What has no meaning becomes bytes that are not UTF-8, so that its line becomes an error
/// row and no other. Not thread-safe: it keeps the charset's state between the pieces.
/// </summary>
internal abstract class ToUtf8
{
    /// <summary>The most bytes of UTF-8 for a byte of the charset.</summary>
    public const int MaxGrowth = 3;

    /// <summary>Stands for bytes without a meaning.</summary>
    private const byte Meaningless = 0xFF;

    /// <param name="charset">A name of <see cref="SourceCharset"/> but UTF-8 and UTF-16 without a byte order.</param>
    public static ToUtf8 From(string charset) => charset switch
    {
        SourceCharset.Utf16LittleEndian => new Utf16(isBigEndian: false),
        SourceCharset.Utf16BigEndian => new Utf16(isBigEndian: true),
        SourceCharset.Iso2022Jp => new Iso2022Jp(),
        SourceCharset.ShiftJis => new Codes(JapaneseCodes.ShiftJis),
        SourceCharset.EucJp => new Codes(JapaneseCodes.EucJp),
        SourceCharset.EucJpMs => new Codes(JapaneseCodes.EucJpMs),
        _ => throw new ArgumentException($"'{charset}' is not turned into UTF-8.", nameof(charset)),
    };

    /// <param name="source">The next bytes, with those that the last call has left.</param>
    /// <param name="target">Room for <see cref="MaxGrowth"/> times as many bytes.</param>
    /// <param name="isLast">Whether no more bytes follow.</param>
    /// <param name="written">The number of bytes of UTF-8.</param>
    /// <returns>The number of bytes that were read: all but a character that is not whole yet.</returns>
    public abstract int Convert(Span<byte> source, Span<byte> target, bool isLast, out int written);

    private static int Write(char character, Span<byte> target)
    {
        if (character == JisTables.None)
        {
            target[0] = Meaningless;
            return 1;
        }

        return new Rune(character).EncodeToUtf8(target);
    }

    private sealed class Utf16(bool isBigEndian) : ToUtf8
    {
        public override int Convert(Span<byte> source, Span<byte> target, bool isLast, out int written)
        {
            var units = MemoryMarshal.Cast<byte, ushort>(source);
            if (isBigEndian == BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(units, units);
            }

            ReadOnlySpan<char> rest = MemoryMarshal.Cast<ushort, char>(units);
            var (read, size) = (0, 0);
            while (read < rest.Length)
            {
                var status = Utf8.FromUtf16(
                    rest[read..], target[size..], out var some, out var bytes, replaceInvalidSequences: false, isFinalBlock: isLast);
                (read, size) = (read + some, size + bytes);
                if (status == OperationStatus.NeedMoreData)
                {
                    break;
                }

                if (status == OperationStatus.InvalidData)
                {
                    size += WriteHalf(rest[read++], target[size..]);
                }
            }

            if (isBigEndian == BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(units[read..], units[read..]); // they come again
            }

            written = size;
            if (!isLast || source.Length % 2 == 0)
            {
                return read * 2;
            }

            target[written++] = Meaningless; // half a unit
            return source.Length;
        }

        /// <summary>Half a surrogate pair, in three bytes as any other character of its size; strict UTF-8 does not take them.</summary>
        private static int WriteHalf(char half, Span<byte> target)
        {
            target[0] = (byte)(0xE0 | (half >> 12));
            target[1] = (byte)(0x80 | ((half >> 6) & 0x3F));
            target[2] = (byte)(0x80 | (half & 0x3F));
            return 3;
        }
    }

    private sealed class Codes(JapaneseCodes codes) : ToUtf8
    {
        private const int LongestCode = 3;

        public override int Convert(Span<byte> source, Span<byte> target, bool isLast, out int written)
        {
            var read = written = 0;
            while (read < source.Length && (isLast || source[read] < 0x80 || source.Length - read >= LongestCode))
            {
                read += codes.Next(source[read..], out var character);
                written += Write(character, target[written..]);
            }

            return read;
        }
    }

    /// <summary>
    /// ISO-2022-JP with all that is read under this name: JIS X 0201 with half-width katakana, JIS X 0208 with the extensions of Windows,
    /// and JIS X 0212. A line begins in ASCII.
    /// </summary>
    private sealed class Iso2022Jp : ToUtf8
    {
        private const byte Escape = 0x1B;
        private const int LongestSequence = 4;

        private enum Set : byte { Ascii, Roman, Kana, Jis0208, Jis0212, Unknown }

        private Set _set;

        public override int Convert(Span<byte> source, Span<byte> target, bool isLast, out int written)
        {
            var read = written = 0;
            while (read < source.Length && (isLast || source.Length - read >= LongestSequence))
            {
                read += Next(source[read..], out var character, out var isText);
                written += isText ? Write(character, target[written..]) : 0;
            }

            return read;
        }

        private int Next(ReadOnlySpan<byte> bytes, out char character, out bool isText)
        {
            var first = bytes[0];
            (character, isText) = (JisTables.None, true);
            if (first == Escape && Designated(bytes) is var (set, length) && length > 0)
            {
                isText = false;
                _set = set;
                return length;
            }

            _set = first == '\n' ? Set.Ascii : _set;
            if (first <= ' ' || first == 0x7F || _set == Set.Ascii)
            {
                character = first < 0x80 && (first != Escape) ? (char)first : JisTables.None;
                return 1;
            }

            character = _set switch
            {
                Set.Roman => first switch { (byte)'\\' => '¥', (byte)'~' => '‾', < 0x80 => (char)first, _ => JisTables.None },
                Set.Kana => first is >= 0x21 and <= 0x5F ? (char)(first - 0x21 + '｡') : JisTables.None,
                Set.Jis0208 => bytes.Length > 1 ? JisTables.Jis(JisTables.Jis0208, first, bytes[1]) : JisTables.None,
                Set.Jis0212 => bytes.Length > 1 ? JisTables.Jis(JisTables.Jis0212, first, bytes[1]) : JisTables.None,
                _ => JisTables.None,
            };
            return _set is Set.Jis0208 or Set.Jis0212 && bytes.Length > 1 && bytes[1] > ' ' ? 2 : 1;
        }

        private static (Set Set, int Length) Designated(ReadOnlySpan<byte> bytes) => bytes[1..] switch
        {
            [(byte)'(', (byte)'B', ..] => (Set.Ascii, 3),
            [(byte)'(', (byte)'J' or (byte)'H', ..] => (Set.Roman, 3),
            [(byte)'(', (byte)'I', ..] => (Set.Kana, 3),
            [(byte)'$', (byte)'@' or (byte)'B', ..] => (Set.Jis0208, 3),
            [(byte)'$', (byte)'(', (byte)'@' or (byte)'B', ..] => (Set.Jis0208, 4),
            [(byte)'$', (byte)'(', (byte)'D', ..] => (Set.Jis0212, 4),
            [(byte)'&', (byte)'@', ..] => (Set.Ascii, 3), // announces the revision of 1990, whose sequence follows
            [(byte)'$', (byte)'(', ..] => (Set.Unknown, 4),
            [(byte)'$' or (byte)'(' or (byte)'.', _, ..] => (Set.Unknown, 3),
            _ => default,
        };
    }
}
