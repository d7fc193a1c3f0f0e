using System.Globalization;
using CsCheck;

namespace SimCse.Tokenization.Tests;

/// <summary>With a basic word tokenizer of characters, so that the tokens of these texts can be counted by hand.</summary>
public sealed class TextSplitterTests : IDisposable
{
    private const string Pieces = "[UNK] [CLS] [SEP] [PAD] [MASK] あ い う 。 ！ 」 「";

    private readonly TokenizerFolder _characters = TokenizerFolder.Create(Pieces, "character", maxLength: 12);
    private readonly TokenizerFolder _words = TokenizerFolder.Create(
        "[UNK] [CLS] [SEP] [PAD] [MASK] あい ##うう ##えええ おお か 。", "wordpiece", maxLength: 6);

    public void Dispose()
    {
        _characters.Dispose();
        _words.Dispose();
    }

    [Theory]
    [InlineData("ああああ。いいい。", "ああああ。いいい。")] // ten tokens, of which it reads ten
    [InlineData("ああああ。いいい。ううう。", "ああああ。いいい。|ううう。")]
    [InlineData("「ああああ！」いいい！！ううう。", "「ああああ！」|いいい！！ううう。")]
    [InlineData("ああああ\r\n いいい\nううううう", "ああああ\r\n いいい\n|ううううう")]
    [InlineData("ああああああああああああいい", "ああああああああああ|ああいい")] // no sentence ends
    [InlineData("い。ああああああああああああ。い。", "い。|ああああああああああ|ああ。い。")]
    [InlineData("ああああああああああ👨‍👩‍👧いい", "ああああああああああ|👨‍👩‍👧いい")]
    public void Chunks_end_where_sentences_end_and_are_as_long_as_can_be(string text, string chunks) =>
        Assert.Equal(chunks.Split('|'), Split(_characters, text, overlap: 0));

    [Theory]
    [InlineData(0, "あああ。いい。う。|ああ。いいい。う。あ")]
    [InlineData(2, "あああ。いい。う。|う。ああ。いいい。|う。あ")]
    [InlineData(5, "あああ。いい。う。|いい。う。ああ。|う。ああ。いいい。|いいい。う。あ")]
    public void A_chunk_repeats_whole_sentences_of_the_one_before(int overlap, string chunks)
    {
        const string Text = "あああ。いい。う。ああ。いいい。う。あ";
        Assert.Equal(chunks.Split('|'), Split(_characters, Text, overlap));
    }

    [Theory]
    [InlineData("ああああ。いいい。", "ああああ。|いいい。")] // two tokens fewer than the model reads without the prompt
    [InlineData("ああああ。いい。", "ああああ。いい。")]
    [InlineData("ああああああああああああいい", "ああああああああ|ああああいい")]
    public void A_chunk_leaves_room_for_the_prompt(string text, string chunks) =>
        Assert.Equal(chunks.Split("|"), Split(_characters, text, overlap: 0, prompt: "う。"));

    [Theory]
    [InlineData("ああああああ", null)]
    [InlineData("あああああああ", "7 tokens")]
    [InlineData("あああああああああああああ", "10 tokens at least")]
    public void A_prompt_that_leaves_less_than_half_is_refused(string prompt, string? message)
    {
        var error = Record.Exception(() => Split(_characters, "い", overlap: 0, prompt));
        Assert.Equal(message is null, error is null);
        Assert.Contains(message ?? "", error?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_sentence_is_cut_where_a_word_ends() => Assert.Equal(
        ["あいうう あいうう ", "あいうう おお か"], Split(_words, "あいうう あいうう あいうう おお か", overlap: 3));

    /// <summary>The model knows no piece 「##えええ」 cut in two, so that a longer beginning would be [UNK].</summary>
    [Fact]
    public void A_long_sentence_is_never_cut_within_a_piece() =>
        Assert.Equal(["か か か あい", "えええ"], Split(_words, "か か か あいえええ", overlap: 0));

    [Fact]
    public void Any_text_is_covered_by_chunks_that_the_model_reads_whole_with_the_prompt_before_them()
    {
        string[] characters =
        [
            "あ", "い", "。", "」", "！", "\n", " ", "か\u3099", "㍿", "👨‍👩‍👧", "🇯🇵", "\uD840\uDC0B", "\uFDFA", "x", "\uD800",
            "\u0301",
        ];
        string[] prompts = ["", "か", "い か", "e"]; // the last one takes accents from the text
        var someParts = Gen.Int[0, characters.Length - 1].Array[0, 120];
        Gen.Select(someParts, Gen.Int[0, 6], Gen.Bool, Gen.Int[0, prompts.Length - 1]).Sample((parts, overlap, isWords, which) =>
        {
            var prompt = prompts[which];
            var (text, tokenizer) = (string.Concat(parts.Select(part => characters[part])), (isWords ? _words : _characters).Load());
            var chunks = new TextSplitter(tokenizer, Math.Min(overlap, (tokenizer.MaxSequenceLength - 2) / 2), prompt).Split(text).ToList();
            var borders = StringInfo.ParseCombiningCharacters(text).Append(text.Length).ToHashSet();
            var ids = new int[tokenizer.MaxSequenceLength];
            var (start, end) = (-1, 0);
            foreach (var chunk in chunks)
            {
                Assert.True(chunk.Start.Value > start && chunk.Start.Value <= end && (chunk.End.Value > end || text.Length == 0));
                (start, end) = (chunk.Start.Value, chunk.End.Value);
                tokenizer.Encode(prompt + text[chunk], ids, out var truncated);
                Assert.True(!truncated || text[chunk].EnumerateRunes().Count() == 1, $"'{text[chunk]}' is too long.");
                Assert.True(borders.Contains(end) || IsWithinLong(tokenizer, prompt, text, borders, end), $"'{text}' is cut at {end}.");
            }

            Assert.Equal(text.Length, end);
        }, iter: 2_000);
    }

    [Fact]
    public void A_text_that_is_taken_for_short_without_counting_is_short()
    {
        var tokenizer = _characters.Load();
        var ids = new int[tokenizer.MaxSequenceLength];
        var character = Gen.OneOf(
            Gen.Char[' ', '~'], Gen.Char['、', '〩'], Gen.Char['ぁ', 'ゖ'], Gen.Char['ァ', 'ヾ'], Gen.Char['一', '鿿']);
        character.Array[10].Sample(characters =>
        {
            var text = new string(characters);
            tokenizer.Encode(text, ids, out var truncated);
            Assert.False(truncated);
        });
    }

    [Theory]
    [InlineData("あ。")]
    [InlineData("あ")]
    [InlineData("x")] // one word
    [InlineData("e\u0301\u0301\u0301")]
    public void A_line_of_any_length_is_cut_in_seconds(string repeated)
    {
        var text = string.Concat(Enumerable.Repeat(repeated, 120_000 / repeated.Length));
        Assert.Equal(text, string.Concat(Split(_characters, text, overlap: 0)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void An_overlap_of_more_than_half_a_chunk_is_refused(int overlap) => Assert.Contains(
        "expected 0 to 6", Assert.Throws<ArgumentException>(() => Split(_characters, "あ", overlap)).Message, StringComparison.Ordinal);

    private static string[] Split(TokenizerFolder folder, string text, int overlap, string prompt = "") =>
        [.. new TextSplitter(folder.Load(), overlap, prompt).Split(text).Select(chunk => text[chunk])];

    /// <summary>Only what a reader takes for one character and the model cannot read whole is cut.</summary>
    private static bool IsWithinLong(SentenceTokenizer tokenizer, string prompt, string text, HashSet<int> borders, int cut)
    {
        var (first, last) = (borders.Where(border => border < cut).Max(), borders.Where(border => border > cut).Min());
        tokenizer.Encode(prompt + text[first..last], new int[tokenizer.MaxSequenceLength], out var truncated);
        return truncated;
    }
}
