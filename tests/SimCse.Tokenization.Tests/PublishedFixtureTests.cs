using SimCse.Testing;

namespace SimCse.Tokenization.Tests;

/// <summary>Model folders with words, tokens and ids from Hugging Face's own order of steps; see <c>tests/fixtures/README.md</c>.</summary>
public sealed class PublishedFixtureTests
{
    public static TheoryData<ModelFixture> Fixtures =>
    [
        ModelFixture.PyTorch, ModelFixture.Safetensors, ModelFixture.Unidic, ModelFixture.IncludePromptFalse, ModelFixture.Characters,
        ModelFixture.MiniLM,
    ];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Words_tokens_and_ids_are_those_expected(ModelFixture fixture)
    {
        var dictionary = fixture.IsShared ? UnidicLite.Require() : DebianIpadic.Require();
        var tokenizer = SentenceTokenizer.Load(fixture.Folder, new() { DictionaryFolder = dictionary });
        var ids = new int[tokenizer.MaxSequenceLength];
        Assert.All(fixture.Expected(), expected =>
        {
            var text = fixture.Prompt(expected) + expected.Text;
            var found = tokenizer.Tokenize(text);

            Assert.Equal(expected.Words ?? found.Words, found.Words); // MiniLM's file has none
            Assert.Equal(expected.Tokens, found.Tokens);
            Assert.Equal(expected.InputIds, found.InputIds);
            Assert.Equal(expected.Truncated, found.Truncated);
            Assert.Equal(expected.InputIds, ids[..tokenizer.Encode(text, ids, out var truncated)]);
            Assert.Equal(expected.Truncated, truncated);
            var count = tokenizer.EncodeWithPrompt(fixture.Prompt(expected), expected.Text, ids, out truncated);
            Assert.Equal(expected.InputIds, ids[..count]);
            Assert.Equal(expected.Truncated, truncated);
        });
    }
}
