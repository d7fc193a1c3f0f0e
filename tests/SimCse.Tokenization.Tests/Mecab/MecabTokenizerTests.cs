using SimCse.Testing;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Hugging Face's <c>BertJapaneseTokenizer</c> over MeCab.</summary>
public sealed class MecabTokenizerTests : IDisposable
{
    /// <summary>The text of transformers' tests, <c>test_tokenization_bert_japanese.py</c> (046eae00).</summary>
    private const string Published = " \tｱｯﾌﾟﾙストアでiPhone８ が  \n 発売された　。  ";

    private readonly List<TokenizerFolder> _folders = [];

    [Theory]
    [InlineData("", "", "アップルストア で iPhone 8 が 発売 さ れ た 。")]
    [InlineData("", ",\"do_lower_case\":true", "アップルストア で iphone 8 が 発売 さ れ た 。")]
    [InlineData(",\"normalize_text\":false", "", "ｱｯﾌﾟﾙストア で iPhone ８ が 発売 さ れ た \u3000 。")]
    public void Words_with_ipadic_are_those_that_transformers_publishes(string kwargs, string more, string expected)
    {
        var folder = Folder(kwargs, more);

        Assert.Equal(expected.Split(' '), Load(folder, DebianIpadic.Require()).Tokenize(Published).Words);
    }

    [Fact]
    public void Pieces_with_ipadic_are_those_that_transformers_publishes()
    {
        var tokenizer = Load(Folder(), DebianIpadic.Require());

        Assert.Equal(["アップルストア"], tokenizer.Tokenize("ｱｯﾌﾟﾙストア").Tokens);
        Assert.Equal(["こんにちは", "、", "世界", "。", "こん", "##ばんは", "、", "世界", "。"], tokenizer.Tokenize("こんにちは、世界。\nこんばんは、世界。").Tokens);
        Assert.Equal(["日本語", "です", "よ"], tokenizer.Tokenize("日本語ですよ").Words);
    }

    [Fact]
    public void Text_ends_at_the_first_null_as_through_fugashi() =>
        Assert.Equal(["猫", "[SEP]", "が"], Load(Folder()).Tokenize("猫\0が[SEP]が\0").Words);

    [Fact]
    public void Pieces_beside_special_tokens_are_sentences_of_their_own() =>
        Assert.Equal(["東", "[MASK]", "京都"], Load(Folder()).Tokenize("東[MASK]京都").Words);

    [Fact]
    public void Surrogates_without_a_partner_are_read_as_the_replacement_character() =>
        Assert.Equal(["猫", "\uFFFD", "が"], Load(Folder()).Tokenize("猫\uD83Dが").Words);

    [Fact]
    public void Blanks_inside_a_word_of_mecab_part_its_pieces() =>
        Assert.Equal(["[UNK]", "[UNK]"], Load(Folder()).Tokenize("a b").Tokens);

    [Fact]
    public void A_long_text_is_read_no_further_than_its_first_pieces_need()
    {
        var tokenizer = Load(Folder());
        var ids = new int[tokenizer.MaxSequenceLength];

        var count = tokenizer.Encode(string.Concat(Enumerable.Repeat("猫が好き。", 200_000)), ids, out var truncated);

        Assert.True(truncated);
        Assert.Equal(128, count);
    }

    [Fact]
    public void Encoding_and_tokenizing_agree_on_hostile_texts()
    {
        var tokenizer = Load(Folder());
        var ids = new int[tokenizer.MaxSequenceLength];
        Assert.All(HostileText.Create(51, 2_000), text =>
        {
            var steps = tokenizer.Tokenize(text);

            Assert.Equal(steps.InputIds, ids[..tokenizer.Encode(text, ids, out var truncated)]);
            Assert.Equal(steps.Truncated, truncated);
        });
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        var tokenizer = Load(Folder());
        var texts = HostileText.Create(61, 1_000).ToArray();
        var expected = texts.Select(text => tokenizer.Tokenize(text).InputIds).ToArray();

        Parallel.For(0, 8 * texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var ids = new int[tokenizer.MaxSequenceLength];
            Assert.Equal(expected[i % texts.Length], ids[..tokenizer.Encode(texts[i % texts.Length], ids, out _)]);
        });
    }

    [Fact]
    public void Encoding_allocates_nothing_once_warm()
    {
        var tokenizer = Load(Folder());
        var ids = new int[tokenizer.MaxSequenceLength];

        Assert.Equal(0, Allocations.BytesPerCall(() => tokenizer.Encode("東京都に住んでいます。", ids, out _)));
    }

    [Fact]
    public void The_models_own_dictionary_goes_before_the_usual_places()
    {
        var folder = Folder();
        SmallDictionary.CopyTo(Path.Combine(folder.Path, "dictionary"));

        Assert.Equal(Path.Combine(folder.Path, "dictionary"), Find(folder));
    }

    [Fact]
    public void The_variable_goes_before_the_models_own_and_the_option_before_both()
    {
        var folder = Folder();
        using var other = new TemporaryFolder();
        SmallDictionary.CopyTo(other["a"]);

        Assert.Equal(other["a"], Find(folder, environment: other["a"]));
        Assert.Equal(SmallDictionary.Folder, Find(folder, SmallDictionary.Folder, other["a"]));
    }

    [Fact]
    public void A_folder_named_by_hand_must_hold_a_dictionary()
    {
        var folder = Folder();

        Assert.Contains(
            "DictionaryFolder", Assert.Throws<DirectoryNotFoundException>(() => Find(folder, "/nowhere")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            MecabDictionaryFolder.EnvironmentVariable,
            Assert.Throws<DirectoryNotFoundException>(() => Find(folder, environment: "/nowhere")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_dictionary_that_is_nowhere_is_named_with_the_places_and_a_way_out()
    {
        using var folder = new TokenizerFolder();
        var message = Assert.Throws<DirectoryNotFoundException>(
            () => MecabDictionaryFolder.Find(folder.Path, new MecabSettings(null, "/nowhere/dic", true), null, null)).Message;

        Assert.Contains("/nowhere/dic", message, StringComparison.Ordinal);
        Assert.Contains(MecabDictionaryFolder.EnvironmentVariable, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"mecab_option\":\"-d '/a b/c' -r /dev/null\"", "ipadic", "/a b/c")]
    [InlineData("\"mecab_option\":\"--dicdir=/d\",\"mecab_dic\":null", null, "/d")]
    [InlineData("\"mecab_option\":\"-d/e\"", "ipadic", "/e")]
    [InlineData("\"mecab_option\":\"-Owakati -O chasen --output-format-type=yomi\"", "ipadic", null)]
    [InlineData("\"mecab_option\":null", "ipadic", null)]
    public void Mecabs_own_option_may_name_the_folder(string kwargs, string? dictionary, string? folder)
    {
        using var model = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece")
            .With("tokenizer_config.json", """{"word_tokenizer_type":"mecab","mecab_kwargs":{"mecab_dic":"ipadic",""" + kwargs + "}}");

        Assert.Equal(new MecabSettings(dictionary, folder, true), TokenizerConfiguration.Load(model.Path).Mecab);
    }

    [Theory]
    [InlineData("{\"mecab_dic\":\"jumandic\"}", "'jumandic'")]
    [InlineData("{\"mecab_option\":\"-u user.dic\"}", "'-u'")]
    [InlineData("{\"user_dic\":\"x\"}", "user_dic")]
    public void What_mecab_is_asked_for_and_cannot_be_had_is_named(string kwargs, string expected)
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece")
            .With("tokenizer_config.json", """{"word_tokenizer_type":"mecab","mecab_kwargs":""" + kwargs + "}");

        Assert.Contains(expected, Assert.Throws<NotSupportedException>(folder.Load).Message, StringComparison.Ordinal);
    }

    /// <summary>transformers' default has changed, and a wrong guess gives wrong vectors without a word.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"mecab_dic\":null}")]
    [InlineData("{\"mecab_option\":\"-r /etc/my-dicrc\"}")]
    public void A_dictionary_that_is_not_named_must_be_given(string kwargs)
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece")
            .With("tokenizer_config.json", """{"word_tokenizer_type":"mecab","mecab_kwargs":""" + kwargs + "}");

        Assert.Contains("names no dictionary", Assert.Throws<NotSupportedException>(folder.Load).Message, StringComparison.Ordinal);
        Assert.Equal(SmallDictionary.Folder, Load(folder).DictionaryFolder);
    }

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());

    private static SentenceTokenizer Load(TokenizerFolder folder, string? dictionary = null)
    {
        var tokenizer = SentenceTokenizer.Load(folder.Path, new() { DictionaryFolder = dictionary ?? SmallDictionary.Folder });
        Assert.Equal(dictionary ?? SmallDictionary.Folder, tokenizer.DictionaryFolder);
        return tokenizer;
    }

    private static string Find(TokenizerFolder folder, string? given = null, string? environment = null) =>
        MecabDictionaryFolder.Find(folder.Path, new MecabSettings("ipadic", null, true), given, environment);

    private TokenizerFolder Folder(string kwargs = "", string more = "")
    {
        var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With(
            "tokenizer_config.json",
            "{\"word_tokenizer_type\":\"mecab\",\"subword_tokenizer_type\":\"wordpiece\",\"mecab_kwargs\":{\"mecab_dic\":\"ipadic\"" +
            kwargs + "}" + more + "}");
        _folders.Add(folder);
        return folder;
    }
}
