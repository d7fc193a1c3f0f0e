using System.IO.Compression;
using System.Text;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Sources;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.Sources;

/// <summary>What strangers' files hold, read as <c>encode</c> reads them, by the rules of jobs.</summary>
public sealed class SourceFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static SourceFileTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData(
        "82B182EA82CD93FA967B8CEA82CC95B68FCD82C582B781420D0AEEE08BB482B382F182C68E52ED9582B382F181420D0AEEEF82C6EEF082CC8FCD81420D0A",
        "これは日本語の文章です。|髙橋さんと山﨑さん。|ⅰとⅱの章。")] // NEC's selection in CP932
    [InlineData("EEE00A", "髙")]
    [InlineData("F04082A00A", "\uE000あ")] // a user's character
    [InlineData("B1D8C1B0A4CE6361668FABB1A4C7C2D4A4C4A1A30A4D8FABE46C6C6572A4B5A4F30A", "駅前のcaféで待つ。|Müllerさん")]
    [InlineData("ADA1A4C88FF4FBA4F30A", "①と髙ん")]
    [InlineData("1B24423140244F2121434F1B28420A706C61696E0A1B284A5C3130301B28420A", "雲は　地|plain|¥100")]
    [InlineData("1B244031401B2842611B2849314C1B28420A1B242844305E1B28422E0A", "雲aｱﾌ|伱.")]
    [InlineData("3A676E300A4E6B302B734C3044308B3002300A00", "机の上に猫がいる。")]
    [InlineData("0A300B300A00", "《》")]
    [InlineData("5F306E30573044304A304B305730", "たのしいおかし")]
    [InlineData("B3F4BCB0B2F1BCD20A", "株式会社")]
    [InlineData("EFBBBFE78CAB0AEFBBBFE78AAC0A", "猫|犬")] // two files put together
    [InlineData("FFFE2B730A00FFFE717232000A00", "猫|牱2")]
    [InlineData("E4B8800DE4BA8C0DE4B8890D", "一|二|三")]
    [InlineData("4E0A000D4E8C000D", "上|二")]
    public async Task A_text_file_is_read_as_it_was_written(string bytes, string texts)
    {
        var (lines, errors) = await ReadAsync(Convert.FromHexString(bytes));
        Assert.Empty(errors);
        Assert.Equal(texts.Split('|'), lines.Select(line => line.Text));
    }

    [Theory]
    [InlineData("utf-8", "E38080")]
    [InlineData("utf-8", "20E380800920E38080")]
    [InlineData("utf-8", "C2A0")]
    [InlineData("utf-8", "E280A8")]
    [InlineData("utf-8", "E2808BEFBBBF")]
    [InlineData("shift_jis", "8140")]
    [InlineData("shift_jis", "81408140208140")]
    [InlineData("euc-jp", "A1A1")]
    [InlineData("utf-16", "0030")]
    [InlineData("utf-16BE", "3000")]
    [InlineData("iso-2022-jp", "1B244221211B2842")]
    public async Task Lines_of_white_space_of_the_charset_are_blank(string charset, string blank)
    {
        var encoding = Encoding.GetEncoding(charset);
        byte[] bytes =
            [
                .. encoding.GetBytes("吾輩は猫である\n"), .. Convert.FromHexString(blank), .. encoding.GetBytes("\n"),
                .. encoding.GetBytes("名前はまだ無い\n"), .. Convert.FromHexString(blank),
            ];
        var (lines, errors) = await ReadAsync(bytes);
        Assert.Empty(errors);
        Assert.Equal([(1L, "吾輩は猫である"), (3L, "名前はまだ無い")], lines.Select(text => (text.Line, text.Text)));
    }

    /// <summary>｡｡ of CP932 is the ideographic space of EUC-JP.</summary>
    [Fact]
    public async Task What_is_white_space_in_another_charset_is_a_text()
    {
        byte[] bytes = [.. Encoding.GetEncoding(932).GetBytes("これは日本語の文章です。\n"), 0xA1, 0xA1, (byte)'\n'];
        Assert.Equal("｡｡", (await ReadAsync(bytes)).Lines[1].Text);
    }

    [Theory]
    [InlineData("iso-2022-jp", "1B2442247E24221B28420A", "Character 1 of the line is not iso-2022-jp")]
    [InlineData("iso-2022-jp", "611B24422422241B28420A", "Character 3 of the line is not iso-2022-jp")]
    [InlineData("iso-2022-jp", "611B24412422241B28420A", "Character 2 of the line is not iso-2022-jp")]
    [InlineData("iso-2022-jp", "6182A00A", "Character 2 of the line is not iso-2022-jp")]
    [InlineData("utf-16le", "42303DD80A00", "Character 2 of the line is not utf-16le")]
    [InlineData("utf-16be", "304261", "Character 2 of the line is not utf-16be")]
    [InlineData("shift_jis", "82A081", "Byte 3 of the line (0x81) is not shift_jis")]
    [InlineData("euc-jp", "A4A28FA1A1", "Byte 3 of the line (0x8FA1A1) is not euc-jp")]
    [InlineData("utf-8", "82A0", "Byte 1 of the line (0x82) is not utf-8")]
    public async Task A_named_charset_makes_errors_of_what_it_lacks_and_of_no_other_line(string encoding, string bytes, string error)
    {
        byte[] next = encoding == "utf-16le" ? [.. "b\0"u8] : encoding == "utf-16be" ? [.. "\0b"u8] : [.. "b"u8];
        var content = Convert.FromHexString(bytes);
        var (lines, errors) = await ReadAsync(content[^1] is 0x0A or 0 ? [.. content, .. next] : content, encoding: encoding);
        Assert.StartsWith(error, Assert.Single(errors).Error, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal("b", line.Text));
    }

    [Theory]
    [InlineData("EFBBBF82A0", "shift_jis", "byte-order mark of utf-8, but its encoding is said to be shift_jis")]
    [InlineData("FFFE4230", "utf-16be", "byte-order mark of utf-16le, but its encoding is said to be utf-16be")]
    public async Task A_mark_that_contradicts_the_encoding_is_an_error(string bytes, string encoding, string error)
    {
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Convert.FromHexString(bytes), encoding: encoding));
        Assert.Contains(error, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FFFE4230", "utf-16", "あ")]
    [InlineData("FEFF3042", "utf-16", "あ")]
    [InlineData("3042", "utf-16", "あ")]
    [InlineData("2B73", "utf-16", "猫")]
    [InlineData("2B73", "utf-16le", "猫")]
    [InlineData("EFBBBFE38182", "utf-8", "あ")]
    [InlineData("C7AD", "euc-jp", "猫")]
    [InlineData("B6C5", "shift_jis", "ｶﾅ")]
    [InlineData("A1C1", "euc-jp", "〜")]
    [InlineData("A1C1", "eucjp-ms", "～")]
    public async Task A_named_charset_is_read_without_guessing(string bytes, string encoding, string text) =>
        Assert.Equal(text, Assert.Single((await ReadAsync(Convert.FromHexString(bytes), encoding: encoding)).Lines).Text);

    [Fact]
    public async Task Escape_sequences_after_a_mebibyte_of_ASCII_are_found_as_well()
    {
        byte[] bytes = [.. Enumerable.Repeat("plain ascii\n"u8.ToArray(), 100_000).SelectMany(line => line), .. "\u001b$B$\"\u001b(B\n"u8];
        var (lines, errors) = await ReadAsync(bytes);
        Assert.Empty(errors);
        Assert.Equal((100_001, "あ"), (lines.Count, lines[^1].Text));
    }

    [Fact]
    public async Task A_gzip_file_that_is_damaged_in_the_middle_says_so_without_the_words_of_programmers()
    {
        var random = new byte[100_000];
        new Random(1).NextBytes(random);
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(random)), Cancellation);
        }

        var bytes = compressed.ToArray();
        bytes.AsSpan(bytes.Length / 2, 500).Fill(0xFF);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(
            () => ReadAsync(bytes, new SourceFormat(SourceKind.Txt, SourceCompression.Gzip)));
        Assert.Matches("^it is not a whole gzip file: It is damaged behind byte [0-9]+ of its text.$", failure.Message);
    }

    [Theory]
    [InlineData("01-cp932-nec-selected/in.txt", 4)]
    [InlineData("03-cp932-name-taken-for-eucjp/in.txt", 1)]
    [InlineData("04-eucjp-latin-accents/in.txt", 4)]
    [InlineData("04-eucjp-latin-accents/mild.txt", 5)]
    [InlineData("06-iso2022jp/in.txt", 3)]
    [InlineData("08-utf16le-no-mark/in.txt", 2)]
    [InlineData("10-utf16le-no-mark-one-line/in.txt", 1)]
    [InlineData("11-eucjp-one-word/in.txt", 1)]
    [InlineData("13-bom-inside-jsonl/in.jsonl", 2)]
    [InlineData("15-cr-only/in.txt", 3)]
    [InlineData("17-jsonl-deep-property/in.jsonl", 2)]
    public async Task The_files_that_were_read_wrongly_once_are_read_whole(string file, int texts)
    {
        var bytes = await File.ReadAllBytesAsync(SharedData.Require($"cases/{file}"), Cancellation);
        var (lines, errors) = await ReadAsync(bytes, SourceFormat.FromName(file));
        Assert.Empty(errors);
        Assert.Equal(texts, lines.Count);
        Assert.All(lines, line => Assert.DoesNotMatch("[\uFF61-\uFF9F\uE000-\uF8FF\\u001B]", line.Text!));
    }

    [Theory]
    [InlineData("sjis", "shift_jis")]
    [InlineData("Windows-31J", "shift_jis")]
    [InlineData("CP932", "shift_jis")]
    [InlineData("EUC_JP", "euc-jp")]
    [InlineData("eucJP-ms", "eucjp-ms")]
    [InlineData("ISO-2022-JP", "iso-2022-jp")]
    [InlineData("UTF8", "utf-8")]
    [InlineData("UTF-16LE", "utf-16le")]
    [InlineData("latin1", null)]
    [InlineData("", null)]
    public void Charsets_have_the_names_that_people_write(string name, string? charset) => Assert.Equal(charset, SourceCharset.Find(name));

    private static async Task<(List<SourceRecord> Lines, List<SourceRecord> Errors)> ReadAsync(
        byte[] bytes, SourceFormat? format = null, string? encoding = null)
    {
        using var stream = new MemoryStream(bytes);
        var source = await SourceFile.OpenAsync(
            stream, "it", format ?? new SourceFormat(SourceKind.Txt), encoding: encoding, cancellationToken: Cancellation);
        var records = await source.ReadAsync(Cancellation).ToListAsync(Cancellation);
        Assert.Equal(source.Texts, records.Count);
        return ([.. records.Where(record => record.Error is null)], [.. records.Where(record => record.Error is not null)]);
    }
}
