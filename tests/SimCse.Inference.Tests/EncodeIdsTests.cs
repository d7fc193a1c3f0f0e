using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

/// <summary>Ids instead of texts.</summary>
public sealed class EncodeIdsTests(DemoEncoder demo)
{
    private static readonly string[] Texts = ["犬が走る", "猫", "犬が走る", "雨の日"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Give_the_vectors_of_their_texts_in_order()
    {
        var expected = await demo.Encoder.EncodeAsync(Texts, cancellationToken: Cancellation);

        var actual = await demo.Encoder.EncodeIdsAsync([.. Texts.Select(Ids)], cancellationToken: Cancellation);

        Assert.Equal(expected.Vectors, actual.Vectors, (a, b) => MathF.Abs(a - b) < 1e-5f);
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.Truncated, actual.Truncated);
    }

    [Fact]
    public void Are_run_once_where_they_are_equal()
    {
        int[][] ids = [[2, 5, 3], [2, 6, 3], [2, 5, 3], [2, 5, 3, 3]];

        var batch = TokenizedBatch.Create(demo.Encoder.Tokenizer, ids);

        Assert.Equal([0, 1, 0, 2], batch.SequenceOfText);
        Assert.Equal([3, 3, 4], batch.Lengths);
    }

    [Fact]
    public async Task Are_cut_on_the_right_where_the_model_reads_no_further()
    {
        int[] longest = [2, .. Enumerable.Repeat(7, 127)];

        var encoded = await demo.Encoder.EncodeIdsAsync([longest, [.. longest, 9, 3]], cancellationToken: Cancellation);

        Assert.Equal([128, 128], encoded.Tokens);
        Assert.Equal([false, true], encoded.Truncated);
        Assert.Equal(encoded[0].ToArray(), encoded[1].ToArray());
    }

    [Theory]
    [InlineData(new int[0], "Sequence 1 holds no ids; expected one at least.")]
    [InlineData(new[] { 2, -1 }, "Id 1 of sequence 1 is -1; expected 0 to ")]
    [InlineData(new[] { int.MaxValue }, "Id 0 of sequence 1 is 2147483647; expected 0 to ")]
    public async Task Must_be_of_the_vocabulary(int[] bad, string message)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => demo.Encoder.EncodeIdsAsync([[2, 3], bad], cancellationToken: Cancellation));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_id_of_the_vocabulary_is_taken_and_the_one_behind_it_is_not()
    {
        var size = demo.Encoder.Tokenizer.VocabularySize;

        Assert.Equal(1, (await demo.Encoder.EncodeIdsAsync([[size - 1]], cancellationToken: Cancellation)).Count);
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => demo.Encoder.EncodeIdsAsync([[size]], cancellationToken: Cancellation));
        Assert.StartsWith($"Id 0 of sequence 0 is {size}; expected 0 to {size - 1}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task May_be_none()
    {
        var encoded = await demo.Encoder.EncodeIdsAsync([], cancellationToken: Cancellation);

        Assert.Equal(0, encoded.Count);
    }

    private int[] Ids(string text)
    {
        var tokenizer = demo.Encoder.Tokenizer;
        return [tokenizer.ClassificationId, .. tokenizer.EncodeToIds(text), tokenizer.SeparatorId];
    }
}
