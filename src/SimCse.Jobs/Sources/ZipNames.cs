using System.Text;

namespace SimCse.Jobs.Sources;

/// <summary>
/// The charset of names in a zip archive that do not say that they are UTF-8: UTF-8 all the same, as macOS writes them, if they are valid;
/// otherwise Japanese Windows' CP932. Thread-safe.
/// </summary>
internal sealed class ZipNames : Encoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly Encoding Cp932 = CodePagesEncodingProvider.Instance.GetEncoding(932)!;

    public override int GetByteCount(char[] chars, int index, int count) => StrictUtf8.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        StrictUtf8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) =>
        Of(bytes.AsSpan(index, count)).GetCharCount(bytes, index, count);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Of(bytes.AsSpan(byteIndex, byteCount)).GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxByteCount(int charCount) => StrictUtf8.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => StrictUtf8.GetMaxCharCount(byteCount);

    private static Encoding Of(ReadOnlySpan<byte> name) => System.Text.Unicode.Utf8.IsValid(name) ? StrictUtf8 : Cp932;
}
