using System.Buffers;
using System.Text;

namespace SimCse.Jobs.Sources;

/// <summary>
/// A charset of sources. Decoding is strict: bytes that mean nothing in the charset are an error and never become a replacement character.
/// Thread-safe.
/// </summary>
internal sealed class SourceCharset
{
    public const string Utf8 = "utf-8";
    public const string ShiftJis = "shift_jis";
    public const string EucJp = "euc-jp";

    /// <summary>
    /// The characters that Windows' code pages give for the bytes 0x80, 0xA0, 0xFD, 0xFE and 0xFF, which Shift_JIS and EUC-JP do not have
    /// on their own. UTF-8 may hold these characters.
    /// </summary>
    private static readonly SearchValues<char> NotJapanese = SearchValues.Create("\u0080\u00A0\uF8F0\uF8F1\uF8F2\uF8F3");

    private readonly System.Text.Encoding _encoding;

    static SourceCharset() => System.Text.Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private SourceCharset(string name)
    {
        Name = name;
        _encoding = System.Text.Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    /// <summary>The charset's name, as in a manifest.</summary>
    public string Name { get; }

    /// <param name="name">One of the constants of this class.</param>
    public static SourceCharset FromName(string name) => new(name);

    /// <exception cref="DecoderFallbackException">
    /// The bytes are not valid in this charset. The exception says which ones, and where.
    /// </exception>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = _encoding.GetString(bytes);
        if (Name != Utf8 && text.AsSpan().IndexOfAny(NotJapanese) is var bad and >= 0)
        {
            var index = _encoding.GetByteCount(text.AsSpan(0, bad));
            throw new DecoderFallbackException($"The byte has no meaning in {Name}.", [bytes[index]], index);
        }

        return text;
    }

    public bool IsValid(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Decode(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    public byte[] Encode(string text) => _encoding.GetBytes(text);
}
