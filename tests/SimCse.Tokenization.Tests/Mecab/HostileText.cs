using System.Text;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Texts made to hurt a segmenter, the same for the same seed.</summary>
internal static class HostileText
{
    private static readonly string[] Phrases =
    [
        "東京都に住んでいます。", "すもももももももものうち", "猫が好き", "は尾張氏、", "外国人参政権", "アップルストア", "コンピュータ", "株式会社", "一二三〇々ヶ", "第３回",
        "ありがとうございました", "食べる", "Hello", "iPhone8", "3.14", "１２３", "ＡＢＣ", "ｱｯﾌﾟﾙ", "ｶﾞ", "か\u3099", "は\u309A", "e\u0301",
        "\u0300\u0301\u0302",
        "👨‍👩‍👧‍👦", "🇯🇵", "👍🏽", "😀", "𠮷野家", "𩸽", "𝒳", "ヽ(´ー｀)ノ", "☃️", "한국어", "العربية", "ไทย", "Ελλάς", "Привет", "Ðð",
        "\u200B", "\uFEFF",
        "\u2028",
    ];

    private static readonly string[] Odd =
    [
        "\0", "\r", "\n", "\r\n", "\t", "\v", "\f", "\u0085", "\u00A0", "\u3000", "\uFFFF", "\uFFFE", "\uFFFD", "\uD83D", "\uDE00",
        "\u001C", "\u007F", " ", "  ", "\uE000", "\U0010FFFF",
    ];

    public static IEnumerable<string> Create(int seed, int count)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            yield return Create(random);
        }
    }

    private static string Create(Random random)
    {
        var text = new StringBuilder();
        for (var parts = random.Next(0, 12); parts > 0; parts--)
        {
            switch (random.Next(9))
            {
                case 0 or 1:
                    text.Append(Phrases[random.Next(Phrases.Length)]);
                    break;
                case 2:
                    text.Append(Odd[random.Next(Odd.Length)]);
                    break;
                case 3:
                    text.Append(Run(random, '\u3041', '\u3096'));
                    break;
                case 4:
                    text.Append(Run(random, '\u30A1', '\u30FE'));
                    break;
                case 5:
                    text.Append(Run(random, '\u4E00', '\u9FFF'));
                    break;
                case 6:
                    text.Append(Run(random, ' ', '~'));
                    break;
                case 7:
                    text.Append(Run(random, '\0', '\uFFFF')); // any unit: half surrogates too
                    break;
                default:
                    var repeated = Phrases[random.Next(Phrases.Length)];
                    text.Append(random.Next(4) == 0 ? new string(repeated[0], random.Next(1, 60)) : Repeat(repeated, random.Next(1, 30)));
                    break;
            }
        }

        return text.ToString();
    }

    private static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();

    private static char[] Run(Random random, char first, char last)
    {
        var run = new char[random.Next(1, 9)];
        foreach (ref var c in run.AsSpan())
        {
            c = (char)random.Next(first, last + 1);
        }

        return run;
    }
}
