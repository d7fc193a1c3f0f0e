using CsCheck;
using SimCse.Testing;

namespace SimCse.Tokenization.Tests;

/// <summary>Facts published in transformers' <c>test_tokenization_bert_japanese.py</c> (046eae00), and properties of any text.</summary>
public sealed class SentenceTokenizerTests : IDisposable
{
    private const string Characters = "[UNK] [CLS] [SEP] こ ん に ち は ば 世 界 、 。 [PAD] [MASK] 平 成 ア A";

    private readonly TokenizerFolder _wordPiece = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece");
    private readonly TokenizerFolder _character = TokenizerFolder.Create(Characters, "character", maxLength: 16);

    [Fact]
    public void Word_pieces_are_those_that_transformers_publishes()
    {
        var text = _wordPiece.Load().Tokenize("こんにちは、世界。\nこんばんは、世界。");

        Assert.Equal(["こんにちは", "、", "世界", "。", "こん", "##ばんは", "、", "世界", "。"], text.Tokens);
        Assert.Equal([1, 3, 12, 10, 14, 4, 9, 12, 10, 14, 2], text.InputIds);
    }

    [Fact]
    public void Characters_are_those_that_transformers_publishes()
    {
        using var folder = TokenizerFolder.Create("[UNK] [CLS] [SEP] こ ん に ち は ば 世 界 、 。 [PAD] [MASK]", "character");

        var text = folder.Load().Tokenize("こんにちは、世界。 \nこんばんは、世界。");

        Assert.Equal([1, 3, 4, 5, 6, 7, 11, 9, 10, 12, 3, 4, 8, 4, 7, 11, 9, 10, 12, 2], text.InputIds);
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("こんにちは", new[] { "こんにちは" })]
    [InlineData("こんばんは", new[] { "こん", "##ばんは" })]
    [InlineData("こんばんは こんばんにちは こんにちは", new[] { "こん", "##ばんは", "[UNK]", "こんにちは" })]
    public void A_word_is_cut_into_the_longest_pieces_or_is_unknown_as_a_whole(string text, string[] expected) =>
        Assert.Equal(expected, _wordPiece.Load().Tokenize(text).Tokens);

    /// <summary>
    /// <c>max_input_chars_per_word</c> of transformers' <c>WordpieceTokenizer</c>, which counts what Python calls characters.
    /// </summary>
    [Theory]
    [InlineData(100, 0)]
    [InlineData(0, 100)]
    [InlineData(99, 1)]
    [InlineData(1, 99)]
    public void A_word_of_100_code_points_is_cut_into_pieces_and_one_of_101_is_unknown_as_a_whole(int plain, int astral)
    {
        using var folder = TokenizerFolder.Create("[PAD] [UNK] [CLS] [SEP] a ##a 😀 ##😀 [MASK]", "wordpiece");
        string[] characters = [.. Enumerable.Repeat("a", plain), .. Enumerable.Repeat("😀", astral)];
        var (tokenizer, word) = (folder.Load(), string.Concat(characters));

        Assert.Equal([characters[0], .. characters[1..].Select(character => $"##{character}")], tokenizer.Tokenize(word).Tokens);
        Assert.Equal(["[UNK]"], tokenizer.Tokenize(word + "a").Tokens);
        Assert.Equal(["[UNK]"], tokenizer.Tokenize(word + "😀").Tokens);
    }

    [Fact]
    public void A_character_that_is_not_in_the_vocabulary_is_unknown_alone() =>
        Assert.Equal(["こ", "ん", "に", "ち", "[UNK]"], _character.Load().Tokenize("こんにちほ").Tokens);

    [Fact]
    public void Compatibility_characters_are_normalised() =>
        Assert.Equal(["平", "成", "ア", "A"], _character.Load().Tokenize("㍻ｱＡ").Tokens);

    [Fact]
    public void A_character_outside_the_basic_plane_is_one_piece() =>
        Assert.Equal(["[UNK]", "世"], _character.Load().Tokenize("😀世").Tokens);

    [Fact]
    public void Special_tokens_are_cut_out_of_the_raw_text()
    {
        var text = _character.Load().Tokenize("世[SEP]界［ＳＥＰ］");

        Assert.Equal(["世", "[SEP]", "界", "[UNK]", "[UNK]", "[UNK]", "[UNK]", "[UNK]"], text.Tokens);
        Assert.Equal(["世", "[SEP]", "界", "［", "ＳＥＰ", "］"], text.Words);
    }

    [Fact]
    public void An_empty_or_blank_text_is_two_ids() => Assert.All(
        ["", " \t\u3000\u001C\n"],
        text => Assert.Equal([1, 2], _character.Load().Tokenize(text).InputIds));

    [Theory]
    [InlineData(14, 16, false)]
    [InlineData(15, 16, true)]
    [InlineData(500_000, 16, true)]
    public void Pieces_over_the_limit_are_dropped_and_said_to_be(int characters, int expectedIds, bool expectedTruncated)
    {
        var ids = new int[16];

        var count = _character.Load().Encode(new string('世', characters), ids, out var truncated);

        Assert.Equal((expectedIds, expectedTruncated, 1, 2), (count, truncated, ids[0], ids[count - 1]));
    }

    [Fact]
    public void Room_for_fewer_ids_than_the_limit_is_refused_whatever_the_text() => Assert.StartsWith(
        "Room for 15 ids; expected 16.",
        Assert.Throws<ArgumentException>(() => _character.Load().Encode("世", new int[15], out _)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_piece_is_known_by_its_id_and_ids_behind_the_last_are_refused()
    {
        var tokenizer = _character.Load();

        Assert.Equal(("[UNK]", "A"), (tokenizer.PieceOf(0), tokenizer.PieceOf(tokenizer.VocabularySize - 1)));
        Assert.All([-1, tokenizer.VocabularySize], id => Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.PieceOf(id)));
    }

    [Fact]
    public void A_special_token_beyond_the_limit_truncates_too()
    {
        var text = _character.Load().Tokenize(new string('世', 14) + "[SEP]");

        Assert.True(text.Truncated);
        Assert.Equal(16, text.InputIds.Count);
    }

    [Fact]
    public void Lower_casing_strips_accents()
    {
        using var folder = TokenizerFolder.Create("[UNK] [CLS] [SEP] e a [PAD] [MASK]", "character", ""","do_lower_case":true""");

        Assert.Equal(["e", "a"], folder.Load().Tokenize("É A").Tokens);
    }

    [Fact]
    public void Surrogates_without_a_partner_are_read_as_the_replacement_character()
    {
        var tokenizer = _character.Load();

        Assert.Equal(tokenizer.Tokenize("世\uFFFD界").InputIds, tokenizer.Tokenize("世\uD83D界").InputIds);
    }

    [Fact]
    public void Any_text_gives_the_same_ids_by_every_way_in()
    {
        var tokenizer = _character.Load();
        Gen.OneOf(Gen.Char, Gen.Char['\u3040', '\u30FF'], Gen.Const('世'), Gen.Const(' ')).Array[0, 40]
            .Select(chars => new string(chars)).Sample(
            text =>
            {
                var ids = new int[tokenizer.MaxSequenceLength];
                var count = tokenizer.Encode(text, ids, out var truncated);
                var steps = tokenizer.Tokenize(text);
                Assert.Equal(steps.InputIds, ids[..count]);
                Assert.Equal(steps.Truncated, truncated);
                Assert.Equal(truncated, steps.Tokens.Count > tokenizer.MaxSequenceLength - 2);
                Assert.Equal(tokenizer.EncodeToIds(text).Take(count - 2), ids[1..(count - 1)]);
            },
            seed: "0000000000000", iter: 2_000, threads: 2);
    }

    [Fact]
    public void Encoding_allocates_little_beyond_the_text()
    {
        var tokenizer = _character.Load();
        var ids = new int[tokenizer.MaxSequenceLength];

        Assert.InRange(Allocations.BytesPerCall(() => tokenizer.Encode("こんにちは、世界。", ids, out _)), 1, 700);
    }

    [Fact]
    public void Ids_are_decoded_to_text_with_blanks_between_words()
    {
        var tokenizer = _wordPiece.Load();

        Assert.Equal("こんばんは 世界", tokenizer.Decode([4, 9, 10]));
    }

    public void Dispose()
    {
        _wordPiece.Dispose();
        _character.Dispose();
    }
}
