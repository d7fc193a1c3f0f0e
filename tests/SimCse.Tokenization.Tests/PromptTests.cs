using CsCheck;
using SimCse.Testing;

namespace SimCse.Tokenization.Tests;

/// <summary>Prompt and text are one string to the tokenizer.</summary>
public sealed class PromptTests : IDisposable
{
    private readonly TokenizerFolder _folder = TokenizerFolder.Create("[UNK] [CLS] [SEP] [PAD] [MASK] か き が", "character", maxLength: 8);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_are_those_of_the_two_joined()
    {
        var tokenizer = _folder.Load();
        var (expected, found) = (new int[8], new int[8]);
        string[] parts = ["か", "き", "が", "\u3099", "\u0301", " ", "[SEP]", "[S", "EP]", "\uD83D", "\uDE00", "猫"];
        var text = Gen.Int[0, parts.Length - 1].Array[0, 6].Select(chosen => string.Concat(chosen.Select(part => parts[part])));
        Gen.Select(text, text).Sample(
            (prompt, rest) =>
            {
                var count = tokenizer.Encode(prompt + rest, expected, out var truncated);
                Assert.Equal(count, tokenizer.EncodeWithPrompt(prompt, rest, found, out var isTruncated));
                Assert.Equal(expected[..count], found[..count]);
                Assert.Equal(truncated, isTruncated);
            },
            iter: 2_000, threads: 1);
    }

    /// <summary>[CLS] and the prompt's pieces, without the [SEP] behind them; what is cut off is not counted.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData(" ", 1)]
    [InlineData("かき: ", 4)]
    [InlineData("か[SEP]", 3)]
    [InlineData("かきかきかきかき", 7)]
    public void Positions_of_a_prompt_are_counted_on_it_alone(string prompt, int expected) =>
        Assert.Equal(expected, _folder.Load().CountPromptPositions(prompt));

    /// <summary>Nothing is copied where nothing goes before a text, and nothing is left over of what is copied.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("かき")]
    public void Memory_is_that_of_the_text_alone(string prompt)
    {
        var (tokenizer, ids) = (_folder.Load(), new int[8]);
        var alone = Allocations.BytesPerCall(() => tokenizer.Encode("きか", ids, out _));

        Assert.InRange(Allocations.BytesPerCall(() => tokenizer.EncodeWithPrompt(prompt, "きか", ids, out _)), 0, alone + 64);
    }
}
