namespace SimCse.Tokenization.Tests;

public sealed class TokenizerConfigurationTests
{
    [Theory]
    [InlineData("""{"word_tokenizer_type":"sudachi"}""", "word_tokenizer_type 'sudachi'")]
    [InlineData("""{"subword_tokenizer_type":"sentencepiece"}""", "subword_tokenizer_type 'sentencepiece'")]
    [InlineData("""{"word_tokenizer_type":"basic","do_word_tokenize":false}""", "do_word_tokenize")]
    [InlineData("""{"tokenizer_class":"MPNetTokenizer"}""", "tokenizer_class 'MPNetTokenizer'")]
    [InlineData("""{"tokenizer_class":"BertTokenizer","do_basic_tokenize":false}""", "do_basic_tokenize")]
    public void What_is_not_supported_is_refused_by_name(string config, string expected)
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With("tokenizer_config.json", config);

        Assert.Contains(expected, Assert.Throws<NotSupportedException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TokenizerFolder();

        Assert.Contains("tokenizer_config.json", Assert.Throws<FileNotFoundException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_special_token_that_the_vocabulary_lacks_is_named()
    {
        using var folder = TokenizerFolder.Create("[UNK] [CLS] こ", "character");

        Assert.Contains("'[SEP]'", Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_may_be_renamed_as_objects_or_strings()
    {
        using var folder = TokenizerFolder.Create("<unk> <s> </s> こ [PAD] [MASK]", "character")
            .With("special_tokens_map.json", """{"unk_token":{"content":"<unk>"},"cls_token":"<s>","sep_token":"</s>"}""");

        Assert.Equal([1, 3, 2, 0, 2], folder.Load().Tokenize("こ</s>ん").InputIds);
    }

    [Fact]
    public void Broken_json_is_refused_with_the_file()
    {
        using var folder = TokenizerFolder.Create("[UNK]", "character").With("tokenizer_config.json", "{");

        Assert.Contains("tokenizer_config.json", Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"max_seq_length":2}""", "2 tokens")]
    [InlineData("""{"max_seq_length":-1}""", "-1 tokens")]
    [InlineData("""{"max_seq_length":2000000000}""", "2000000000 tokens")]
    public void A_limit_that_leaves_no_room_for_a_text_is_refused(string config, string expected)
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With("sentence_bert_config.json", config);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_special_token_is_refused_by_name()
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With("special_tokens_map.json", """{"mask_token":""}""");

        Assert.Contains("mask_token is empty", Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_special_token_that_no_piece_stands_for_is_unknown()
    {
        using var folder = TokenizerFolder.Create("[PAD] [UNK] [CLS] [SEP] こ", "character");

        Assert.Equal([2, 4, 1, 4, 3], folder.Load().Tokenize("こ[MASK]こ").InputIds);
    }

    [Fact]
    public void A_vocabulary_in_another_charset_is_refused_with_its_name()
    {
        using var folder = TokenizerFolder.Create("[UNK]", "character");
        File.WriteAllBytes(Path.Combine(folder.Path, "vocab.txt"), [0x82, 0xB1, 0x0A]);

        Assert.Contains("vocab.txt is not in UTF-8", Assert.Throws<InvalidDataException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_vocabulary_is_named()
    {
        using var folder = TokenizerFolder.Create("[UNK]", "character");
        File.Delete(Path.Combine(folder.Path, "vocab.txt"));

        Assert.Contains("vocab.txt is missing", Assert.Throws<FileNotFoundException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_piece_that_stands_twice_has_its_last_number()
    {
        using var folder = TokenizerFolder.Create("[UNK] [CLS] [SEP] こ こ [PAD] [MASK]", "character");

        Assert.Equal([1, 4, 2], folder.Load().Tokenize("こ").InputIds);
    }

    [Theory]
    [InlineData("""{"word_tokenizer_type":"basic","additional_special_tokens":["<x>"]}""", "additional_special_tokens")]
    [InlineData("""{"word_tokenizer_type":"basic","added_tokens_decoder":{"30":{"content":"<x>"}}}""", "'<x>'")]
    [InlineData("""{"word_tokenizer_type":"basic","added_tokens_decoder":{"2":{"content":"[SEP]","lstrip":true}}}""", "lstrip of '[SEP]'")]
    [InlineData("""{"word_tokenizer_type":"basic","mask_token":{"content":"[MASK]","lstrip":true}}""", "lstrip of '[MASK]'")]
    public void Tokens_beside_the_vocabulary_are_refused_by_name(string config, string expected)
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With("tokenizer_config.json", config);

        Assert.Contains(expected, Assert.Throws<NotSupportedException>(folder.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_special_tokens_may_be_listed_as_added()
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With(
            "tokenizer_config.json",
            """{"word_tokenizer_type":"basic","added_tokens_decoder":{"2":{"content":"[SEP]","lstrip":false,"special":true}},"additional_special_tokens":[]}""");

        Assert.Equal([1, 2], folder.Load().Tokenize("").InputIds);
    }

    [Fact]
    public void A_special_token_that_cleaning_makes_is_one_word()
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece");

        Assert.Equal(["[SEP]"], folder.Load().Tokenize("[SE\u0001P]").Words);
    }
}
