using System.Diagnostics;
using System.Text;
using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Tests.Charsets;

/// <summary>Every code means what <c>iconv</c> says, and what has no meaning there has none here.</summary>
public sealed class CharsetCodesTests
{
    /// <summary>Long enough that a code which is not whole does not reach the line end.</summary>
    private static readonly byte[] End = [.. "  \n"u8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_code_of_CP932_is_the_one_of_iconv()
    {
        byte[][] codes = [.. Bytes(0x80, 0xFF).Select(b => new[] { b }), .. Pairs(0x80, 0xFF, 0x40, 0xFF)];
        var expected = await IconvAsync("CP932", codes, isKana: code => code is [>= 0xA1 and <= 0xDF]);

        Assert.Equal(9_667, expected.Count(character => character is not null));
        AssertSame("shift_jis", codes, expected);
    }

    /// <summary>Where the two differ, EUC-JP says what it says under its own name, and the rest are the extensions of EUC-JP-MS.</summary>
    [Theory]
    [InlineData("euc-jp")]
    [InlineData("eucjp-ms")]
    public async Task Every_code_of_EUC_JP_with_JIS_X_0212_is_the_one_of_iconv(string charset)
    {
        byte[][] codes =
            [
                .. Bytes(0x80, 0xFF).Select(b => new[] { b }), .. Pairs(0x80, 0xFF, 0x80, 0xFF),
                .. Pairs(0x80, 0xFF, 0x80, 0xFF).Select(code => (byte[])[0x8F, .. code]),
            ];
        var plain = await IconvAsync("EUC-JP", codes, isKana: code => code[0] == 0x8E);
        var microsoft = await IconvAsync("EUC-JP-MS", codes, isKana: code => code[0] == 0x8E);

        Assert.Equal(7, plain.Zip(microsoft).Count(pair => pair.First is not null && pair.First != pair.Second));
        AssertSame(charset, codes, charset == "eucjp-ms" ? microsoft : [.. plain.Zip(microsoft, (first, second) => first ?? second)]);
    }

    [Fact]
    public async Task Every_code_of_ISO_2022_JP_is_the_one_of_iconv()
    {
        var pairs = Pairs(0x21, 0x7E, 0x21, 0x7E).ToArray();
        var (jis0208, jis0212) = ("\u001b$B"u8.ToArray(), "\u001b$(D"u8.ToArray());
        byte[][] codes =
            [
                .. pairs.Select(code => (byte[])[.. jis0208, .. code]), .. pairs.Select(code => (byte[])[.. jis0212, .. code]),
                .. Bytes(0x21, 0x5F).Select(b => (byte[])[.. "\u001b(I"u8, b]),
                .. Bytes(0x21, 0x7E).Select(b => (byte[])[.. "\u001b(J"u8, b]),
            ];
        var expected = await IconvAsync("ISO-2022-JP-3", [.. codes.Select(code => (byte[])[.. code, .. "\u001b(B"u8])], isKana: _ => true);
        var iconv2 = await IconvAsync("ISO-2022-JP-2", [.. codes.Select(code => (byte[])[.. code, .. "\u001b(B"u8])], isKana: _ => true);
        var reader = ToUtf8.From("iso-2022-jp");
        var text = new byte[1 << 20];
        byte[] all = [.. codes.SelectMany(code => (byte[])[.. code, (byte)'\n'])];
        Assert.Equal(all.Length, reader.Convert(all, text, isLast: true, out var written));
        var lines = Encoding.UTF8.GetString(text, 0, written).Split('\n');

        for (var i = 0; i < codes.Length; i++)
        {
            if ((iconv2[i] ?? expected[i]) is { } character)
            {
                Assert.Equal((Convert.ToHexString(codes[i]), character), (Convert.ToHexString(codes[i]), lines[i]));
            }
        }
    }

    private static IEnumerable<byte> Bytes(int first, int last) => Enumerable.Range(first, last - first + 1).Select(b => (byte)b);

    private static IEnumerable<byte[]> Pairs(int firstLead, int lastLead, int firstTrail, int lastTrail) =>
        Bytes(firstLead, lastLead).SelectMany(lead => Bytes(firstTrail, lastTrail).Select(trail => new[] { lead, trail }));

    private static void AssertSame(string charset, byte[][] codes, string?[] expected)
    {
        var decoder = SourceCharset.FromName(charset);
        var wrong = codes.Zip(expected).Where(pair => Decode(pair.First) != pair.Second)
            .Select(pair => $"{Convert.ToHexString(pair.First)}: {pair.Second ?? "none"}, not {Decode(pair.First) ?? "none"}").ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} codes differ: {string.Join("; ", wrong.Take(20))}");

        string? Decode(byte[] code)
        {
            try
            {
                return decoder.Decode(code) is { Length: 1 } character ? character : null;
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// The character of each code; null where it has none. A code that iconv skips in part leaves a character of its rest: of its last two
    /// bytes, or one which is ASCII, a half-width katakana or a control character, as no whole code is but for <paramref name="isKana"/>.
    /// </summary>
    private static async Task<string?[]> IconvAsync(string charset, byte[][] codes, Func<byte[], bool> isKana)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The oracle is the iconv of glibc, which only Linux has; CI runs there.");
        using var iconv = Process.Start(new ProcessStartInfo("iconv", ["-c", "-f", charset, "-t", "UTF-8"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var output = iconv.StandardOutput.ReadToEndAsync(Cancellation);
        await iconv.StandardInput.BaseStream.WriteAsync(codes.SelectMany(code => (byte[])[.. code, .. End]).ToArray(), Cancellation);
        iconv.StandardInput.Close();
        var lines = (await output).Split('\n');
        Assert.Equal(codes.Length, lines.Length - 1);
        var pairs = codes.Zip(lines).Where(pair => pair.First.Length == 2).ToDictionary(pair => Key(pair.First), pair => pair.Second);
        return [.. codes.Zip(lines, (code, line) => !(code is [0x8F, _, _] && pairs[Key(code[1..])] == line)
            && line is [var character, ' ', ' ']
            && character != '\uFFFD' && (character >= '\u00A0' || charset.StartsWith("ISO", StringComparison.Ordinal))
            && (character is < '｡' or > 'ﾟ' || isKana(code)) ? $"{character}" : null)];
    }

    private static int Key(byte[] pair) => (pair[0] << 8) | pair[1];
}
