using System.Buffers;
using System.Text;
using System.Text.Json;
using SimCse.Jobs.Sources;

namespace SimCse.Testing;

/// <summary>
/// Files cut at random from real Japanese, written in a charset and read without naming it. Needs <c>../shared</c>. Thread-safe.
/// </summary>
public sealed class CharsetTrials
{
    /// <summary>The charsets, as .NET's encoders call them.</summary>
    public static readonly IReadOnlyList<(string Name, int CodePage)> Charsets =
        [("UTF-8", 65001), ("CP932", 932), ("EUC-JP", 51932), ("ISO-2022-JP", 50221), ("UTF-16LE", 1200), ("UTF-16BE", 1201)];

    private const string Names =
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 阿部 森 池田 橋本 山崎 石川 前田 藤田 小川 " +
        "岡田 長谷川 後藤 石井 村上 近藤 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森田 " +
        "大翔 陽菜 蓮 結衣 樹 葵 悠真 凛 湊 美咲 翔太 愛子 健一 由美子 裕介 恵 隆 千尋 修平 真由美";

    private static readonly SearchValues<char> Differing = SearchValues.Create("～〜∥‖－−￠￡￢");

    private readonly Dictionary<string, string[]> _texts;

    public CharsetTrials()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var sentences = File.ReadLines(SharedData.Require("data/jsts-valid.json"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sentence1").GetString()!).Distinct().ToArray();
        var words = File.ReadLines(SharedData.Require("fixtures/unidic-lite-words.jsonl"))
            .SelectMany(line => JsonDocument.Parse(line).RootElement.GetProperty("words").EnumerateArray())
            .Select(word => word.GetString()!)
            .Where(word => word.Length > 1 && !Ascii.IsValid(word)).Distinct().ToArray();
        var katakana = words.Where(word => word.All(c => c is >= 'ァ' and <= 'ー')).ToArray();
        _texts = new Dictionary<string, string[]>
        {
            ["sentences"] = sentences,
            ["ASCII and Japanese"] = [.. sentences.Select((text, i) => $"ID-{i:0000},{text[..Math.Min(6, text.Length)]},OK")],
            ["words"] = words,
            ["katakana words"] = katakana,
            ["half-width katakana"] = [.. katakana.Select(word => word.Normalize(NormalizationForm.FormKC)).Select(HalfWidth)],
            ["names"] = Names.Split(' '),
        };
        foreach (var kind in Kinds)
        {
            _texts[kind] = [.. _texts[kind].Where(IsInAll)];
        }
    }

    public IReadOnlyCollection<string> Kinds => _texts.Keys;

    /// <summary>How many of the files are not read as they were written.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="codePage">The charset.</param>
    /// <param name="lines">The number of lines of each file. The last one has an end in half of the files.</param>
    /// <param name="files">The number of files.</param>
    public async Task<int> CountWrongAsync(string kind, int codePage, int lines, int files)
    {
        var (random, wrong) = (new Random(lines), 0);
        var encoding = Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        for (var i = 0; i < files; i++)
        {
            var texts = random.GetItems(_texts[kind], lines);
            using var file = new MemoryStream(encoding.GetBytes(string.Join('\n', texts) + (i % 2 == 0 ? "\n" : "")));
            var source = await SourceFile.OpenAsync(file, "trial", new SourceFormat(SourceKind.Txt));
            wrong += texts.SequenceEqual(await source.ReadAsync().Select(record => record.Text ?? "").ToListAsync()) ? 0 : 1;
        }

        return wrong;
    }

    /// <summary>Whether every charset has the characters, and means the same ones: not so for seven, such as ～.</summary>
    private static bool IsInAll(string text) => !text.AsSpan().ContainsAny(Differing) && Charsets.All(charset =>
        Encoding.GetEncoding(charset.CodePage) is var encoding && encoding.GetString(encoding.GetBytes(text)) == text);

    private static string HalfWidth(string katakana)
    {
        const string Full = "ァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンヴヲ";
        const string Half = "ｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｳｦ";
        return string.Concat(katakana.Normalize(NormalizationForm.FormD).Select(c => c switch
        {
            '\u3099' => 'ﾞ',
            '\u309A' => 'ﾟ',
            _ => Full.IndexOf(c, StringComparison.Ordinal) is var at and >= 0 ? Half[at] : c,
        }));
    }
}
