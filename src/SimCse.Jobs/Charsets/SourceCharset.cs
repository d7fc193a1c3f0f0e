using System.Collections.Frozen;
using System.Text;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// A charset of sources. Decoding is strict: bytes that mean nothing in the charset are an error and never become a replacement character.
/// Thread-safe.
/// </summary>
public sealed class SourceCharset
{
    internal const string Utf8 = "utf-8";
    internal const string ShiftJis = "shift_jis";
    internal const string EucJp = "euc-jp";
    internal const string EucJpMs = "eucjp-ms";
    internal const string Iso2022Jp = "iso-2022-jp";
    internal const string Utf16LittleEndian = "utf-16le";
    internal const string Utf16BigEndian = "utf-16be";

    /// <summary>UTF-16 in the byte order of its mark, or in the likelier one.</summary>
    internal const string Utf16 = "utf-16";

    /// <summary>Names that people write, without their hyphens and underscores.</summary>
    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["utf8"] = Utf8,
        ["utf8sig"] = Utf8,
        ["ascii"] = Utf8,
        ["usascii"] = Utf8,
        ["cp932"] = ShiftJis,
        ["ms932"] = ShiftJis,
        ["windows932"] = ShiftJis,
        ["windows31j"] = ShiftJis,
        ["mskanji"] = ShiftJis,
        ["shiftjis"] = ShiftJis,
        ["sjis"] = ShiftJis,
        ["sjiswin"] = ShiftJis,
        ["932"] = ShiftJis,
        ["csshiftjis"] = ShiftJis,
        ["eucjp"] = EucJp,
        ["ujis"] = EucJp,
        ["xeucjp"] = EucJp,
        ["euc"] = EucJp,
        ["eucjpms"] = EucJpMs,
        ["eucjpwin"] = EucJpMs,
        ["cp51932"] = EucJpMs,
        ["51932"] = EucJpMs,
        ["eucjpopen"] = EucJpMs,
        ["iso2022jp"] = Iso2022Jp,
        ["iso2022jp1"] = Iso2022Jp,
        ["iso2022jpext"] = Iso2022Jp,
        ["iso2022jpms"] = Iso2022Jp,
        ["csiso2022jp"] = Iso2022Jp,
        ["cp50220"] = Iso2022Jp,
        ["cp50221"] = Iso2022Jp,
        ["jis"] = Iso2022Jp,
        ["jis7"] = Iso2022Jp,
        ["utf16le"] = Utf16LittleEndian,
        ["utf16be"] = Utf16BigEndian,
        ["utf16"] = Utf16,
        ["unicode"] = Utf16,
        ["ucs2"] = Utf16,
    }.ToFrozenDictionary();

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    private readonly JapaneseCodes? _codes;

    private SourceCharset(string name)
    {
        Name = name;
        (_codes, Blank) = name switch
        {
            Utf8 => (null, BlankIn.Utf8),
            ShiftJis => (JapaneseCodes.ShiftJis, BlankIn.ShiftJis),
            EucJp => (JapaneseCodes.EucJp, BlankIn.EucJp),
            EucJpMs => (JapaneseCodes.EucJpMs, BlankIn.EucJp),
            _ => throw new ArgumentException($"'{name}' is no charset of the bytes of shards.", nameof(name)),
        };
    }

    /// <summary>The names that an option may have: <c>utf-8, shift_jis (cp932), …</c>.</summary>
    public static string Expected => "utf-8, cp932 (or shift_jis), euc-jp, eucjp-ms, iso-2022-jp, utf-16, utf-16le or utf-16be";

    /// <summary>The charset's name, as in a manifest.</summary>
    internal string Name { get; }

    /// <summary>Says which lines are blank in this charset.</summary>
    internal BlankIn Blank { get; }

    /// <summary>The charset that a user names.</summary>
    /// <param name="name">A name or alias in any case, with or without hyphens and underscores.</param>
    /// <returns>The name that options and manifests have; <see langword="null"/> for an unknown one.</returns>
    public static string? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var letters = name.Trim().ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return Aliases.GetValueOrDefault(letters);
    }

    /// <summary>Whether sources in this charset are not cut by bytes, but first turned into UTF-8.</summary>
    internal static bool IsTranscoded(string name) => name is Iso2022Jp or Utf16 or Utf16LittleEndian or Utf16BigEndian;

    /// <param name="name">A charset whose lines end at byte 0x0A: UTF-8, CP932 or EUC-JP.</param>
    internal static SourceCharset FromName(string name) => new(name);

    /// <exception cref="DecoderFallbackException">
    /// The bytes are not valid in this charset. The exception says which ones, and where.
    /// </exception>
    internal string Decode(ReadOnlySpan<byte> bytes)
    {
        if (_codes is null || Ascii.IsValid(bytes))
        {
            return StrictUtf8.GetString(bytes);
        }

        var characters = new char[bytes.Length];
        var count = 0;
        for (var i = 0; i < bytes.Length;)
        {
            var length = _codes.Next(bytes[i..], out var character);
            if (character == JisTables.None)
            {
                throw new DecoderFallbackException($"The bytes have no meaning in {Name}.", bytes.Slice(i, length).ToArray(), i);
            }

            characters[count++] = character;
            i += length;
        }

        return new string(characters, 0, count);
    }
}
