using SimCse.Testing;

namespace SimCse.Inference.Tests;

/// <summary>A model that gives NaN for some texts: nobody gets it for a vector, and nobody else's text suffers.</summary>
public sealed class VectorNotFiniteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Is_thrown_with_the_first_text_and_only_to_the_call_that_holds_it(float component)
    {
        using var folder = new TemporaryFolder();
        var bundle = BrokenModel.CreateBundle(folder.Path, "鬼", component);
        var mayRun = new ManualResetEventSlim(true);
        using var encoder = SentenceEncoder.Load(
            bundle, new SentenceEncoderOptions { Lanes = 1, BeforeBatch = () => mayRun.Wait(Cancellation) });
        var alone = await encoder.EncodeAsync(["猫が"], cancellationToken: Cancellation);

        // One length, and so one batch for both calls.
        mayRun.Reset();
        var first = encoder.EncodeAsync(["犬が走る"], cancellationToken: Cancellation); // holds the lane
        var bad = encoder.EncodeAsync(["犬が", "鬼が", "犬が", "鬼も"], cancellationToken: Cancellation);
        var good = encoder.EncodeAsync(["猫が"], cancellationToken: Cancellation);
        mayRun.Set();
        await first;

        var failure = await Assert.ThrowsAsync<VectorNotFiniteException>(() => bad);
        Assert.Equal(1, failure.Index);
        Assert.Contains(bundle.Model.Name, failure.Message, StringComparison.Ordinal);
        Assert.Equal(alone[0].ToArray(), (await good)[0].ToArray(), (a, b) => MathF.Abs(a - b) < 1e-5f);
        var ids = encoder.Tokenizer.EncodeToIds("鬼");
        await Assert.ThrowsAsync<VectorNotFiniteException>(() => encoder.EncodeIdsAsync([[.. ids]], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_model_that_gives_it_for_any_text_is_never_ready()
    {
        using var folder = new TemporaryFolder();
        var bundle = BrokenModel.CreateBundle(folder.Path, "[CLS]");

        await using var warm = new WarmEncoder(() => SentenceEncoder.Load(bundle));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => warm.GetAsync(Cancellation));
        Assert.Contains("NaN or infinity", failure.Message, StringComparison.Ordinal);
        Assert.Equal(WarmEncoderState.Failed, warm.Status.State);
    }
}
