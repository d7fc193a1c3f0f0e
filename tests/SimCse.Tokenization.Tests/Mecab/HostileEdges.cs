namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Texts at the edges of MeCab's own limits.</summary>
internal static class HostileEdges
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["empty"] = "",
        ["blank"] = " ",
        ["blanks before and after"] = " \t\n 猫 \t\n ",
        ["only U+0000"] = "\0",
        ["U+0000 inside"] = "猫\0が\0\0好き",
        ["U+FFFF"] = "猫\uFFFF\uFFFFが\uFFFF",
        ["CR"] = "猫\rが\r\n好き\r",
        ["lone surrogates"] = "猫\uD83Dが\uDE00\uDE00",
        ["25 letters"] = new string('q', 25),
        ["26 letters"] = new string('q', 26),
        ["51 letters"] = new string('q', 51) + "猫",
        ["25 emoji"] = string.Concat(Enumerable.Repeat("😀", 25)),
        ["26 emoji"] = string.Concat(Enumerable.Repeat("😀", 26)),
        ["10,000 hiragana"] = new string('あ', 10_000),
        ["10,000 katakana"] = new string('ア', 10_000),
        ["10,000 kanji"] = new string('龘', 10_000),
        ["10,000 letters"] = new string('q', 10_000),
        ["10,000 digits"] = new string('7', 10_000),
        ["10,000 emoji"] = string.Concat(Enumerable.Repeat("😀", 10_000)),
        ["10,000 combining marks"] = "か" + new string('\u3099', 10_000),
        ["100,000 plums"] = new string('も', 100_000),
        ["a paragraph 2,000 times"] = string.Concat(Enumerable.Repeat("すもももももももものうち。東京都に住む外国人参政権 ", 2_000)),
        ["a megabyte"] = string.Concat(HostileText.Create(99, 9_000)),
        ["40,000 blanks"] = "犬" + new string(' ', 40_000) + "猫が好き",
        ["60,000 blanks"] = "犬" + new string(' ', 60_000) + "猫が好き",
        ["65,530 blanks"] = "犬" + new string(' ', 65_530) + "猫が好き",
        ["65,532 blanks"] = "犬" + new string(' ', 65_532) + "東京都に住む",
        ["65,533 blanks"] = "犬" + new string(' ', 65_533) + "東京都に住む",
        ["65,534 blanks"] = "犬" + new string(' ', 65_534) + "東京都に住む",
        ["65,535 blanks"] = "犬" + new string(' ', 65_535) + "東京都に住む",
        ["65,536 blanks"] = "犬" + new string(' ', 65_536) + "東京都に住む",
        ["65,540 blanks"] = "犬" + new string(' ', 65_540) + "東京都に住む",
        ["200,000 blanks"] = "犬" + new string(' ', 200_000) + "東京都に住む",
        ["65,535 blanks, then the end"] = "犬" + new string(' ', 65_535),
        ["70,000 blanks, then the end"] = "犬" + new string(' ', 70_000),
    };
}
